
// hb: what healthbook adds to htmx. Every word it says stands in the page (ui/words.html), in the reader's language.
const hb = (() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const words = name => one('#words')?.dataset[name] ?? '';
  const on = (name, act) => document.addEventListener(name, act);

  const announce = text => {
    const place = one('#announce');
    if (!place) return;
    place.textContent = '';
    requestAnimationFrame(() => place.textContent = text);
  };

  const alert = name => {
    const text = words(name), place = one('#alerts'), empty = one('#toast');
    if (!place || !empty) return;
    for (const old of [...place.children]) if (old.textContent.includes(text)) old.remove();
    const toast = empty.content.firstElementChild.cloneNode(true);
    one('span', toast).textContent = text;
    place.append(toast);
  };

  const takeAway = element => {
    const held = element.contains(document.activeElement);
    element.remove();
    if (held) one('#main')?.focus({ preventScroll: true });
  };

  // Somebody asked for it, rather than an event of the stream or a timer.
  const asked = ctx => Boolean(ctx.sourceEvent?.isTrusted);

  // A form that speaks for itself, and tries again by itself.
  const keeps = ctx => Boolean(ctx.sourceElement?.matches('form[data-keep]'));

  return { one, words, on, announce, alert, takeAway, asked, keeps, stale: false };
})();
