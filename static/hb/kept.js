
// A shared computer: what others have kept in this browser goes when somebody signs in, and one's own on signing out.
{
  const clear = but => {
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith('hb.') && !name.startsWith(but)) localStorage.removeItem(name);
    } catch { /* A browser that keeps nothing has nothing to clear. */ }
  };
  const person = hb.one('meta[name="person"]')?.content;
  if (person) clear(`hb.${person}.`);
  hb.on('submit', event => { if (event.target.matches('.me') && !event.defaultPrevented) clear('hb..'); });
}
