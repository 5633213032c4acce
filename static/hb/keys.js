
// Arrow keys in lists of times, keys of the agenda, and buttons that only speak.
{
  const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const middle = element => {
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };

  // The nearest time in the direction of the arrow as it is seen; in a list without columns, else the next in order.
  const neighbour = (slot, [dx, dy]) => {
    const week = slot.closest('.days'), slots = [...(week ?? slot.closest('form, .slots')).querySelectorAll('.slot')];
    const [x, y] = middle(slot);
    let best = null, least = Infinity;
    for (const other of slots) {
      const [ox, oy] = middle(other);
      const along = (ox - x) * dx + (oy - y) * dy, across = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      if (along < 4 || (across > 4 && !(week && dx))) continue;
      if (along + across * 3 < least) { least = along + across * 3; best = other; }
    }
    return best ?? (week ? null : slots[slots.indexOf(slot) + (dx || dy)]);
  };

  // The agenda's keys work only where the focus is inside it and not in a field (WCAG 2.1.4).
  const agenda = (event, list) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, textarea, select')) return;
    const rows = [...list.querySelectorAll('.appt')], row = event.target.closest('.appt'), at = rows.indexOf(row);
    const acts = {
      j: () => rows[Math.min(at + 1, rows.length - 1)]?.focus(),
      k: () => rows[Math.max(at - 1, 0)]?.focus(),
      c: () => hb.one('[id^="next-"]', row ?? list)?.click(),
      m: () => hb.one('[popovertarget]', row ?? list)?.click(),
    };
    const act = acts[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  };

  hb.on('keydown', event => {
    const slot = event.target.closest?.('.slot'), step = STEPS[event.key];
    if (slot && step) {
      const next = neighbour(slot, step);
      if (next) { event.preventDefault(); next.focus(); }
      return;
    }
    const list = event.target.closest?.('.agenda');
    if (list) agenda(event, list);
  });

  hb.on('click', event => {
    const control = event.target.closest('[aria-disabled="true"], [data-dismiss], [data-print]');
    if (!control) return;
    if (control.matches('[aria-disabled="true"]')) {
      event.preventDefault();
      hb.announce(control.dataset.says ?? hb.words(control.matches('.is-mine') ? 'mine' : 'taken'));
    } else if (control.matches('[data-dismiss]')) hb.takeAway(control.closest('.toast'));
    else print();
  });
}
