
// Focus never falls to the body: when a swap takes away what had it, the nearest heading of the same region gets it.
{
  const held = new WeakMap();

  hb.on('htmx:before:swap', ({ detail: { ctx, tasks } }) => {
    const zone = tasks.map(task => task.target).find(target => target?.contains?.(document.activeElement));
    if (zone && document.activeElement !== document.body) held.set(ctx, { zone, id: zone.id });
  });

  hb.on('htmx:after:swap', ({ detail: { ctx } }) => {
    const had = held.get(ctx);
    if (!had || document.activeElement !== document.body) return;
    const zone = had.zone.isConnected ? had.zone : document.getElementById(had.id) ?? hb.one('#main');
    const next = hb.one('[autofocus], [tabindex="-1"], h1, h2, h3', zone) ?? zone;
    if (!next.matches('a[href], button, input, select, textarea, [tabindex]')) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  });
}
