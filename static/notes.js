// The notes of a visit save themselves when the typing stops. Until the clinic has them they are kept in this browser,
// sealed with a key that only their author's own pages carry: after a lost line, a reload or a new sign-in they are
// there again.
{
  const QUIET_MS = 3000, AGAIN_MS = 15000, PLACE = 'hb.', AES = 'AES-GCM';
  let form, area, key, store, tab, saved, base, sending, waiting, leaving, timer, turn = 0;

  // Two tabs on one visit keep their texts apart.
  const named = name => {
    tab = name ?? Math.random().toString(36).slice(2);
    sessionStorage.setItem('hb.tab', tab);
  };
  try {
    store = localStorage;
    named(sessionStorage.getItem('hb.tab'));
  } catch { store = null; }
  // A tab that was duplicated has the other's name: whoever finds it in use takes a new one.
  const alone = () => new Promise(done => navigator.locks ? navigator.locks.request(PLACE + tab, { ifAvailable: true }, lock => {
    if (lock) { done(); return new Promise(() => {}); }
    named();
    alone().then(done);
  }).catch(done) : done());

  const bytes = text => Uint8Array.from(text, letter => letter.charCodeAt(0));
  const text = buffer => Array.from(new Uint8Array(buffer), byte => String.fromCharCode(byte)).join('');
  const entries = () => Object.keys(store ?? {}).filter(name => name.startsWith(`${PLACE}${form.dataset.keep}.`));
  const clear = names => names.forEach(name => store?.removeItem(name));
  const place = () => `${PLACE}${form.dataset.keep}.${tab}`;
  const dirty = () => Boolean(area) && area.value !== saved;
  // Somebody else's words were saved meanwhile, and nobody has decided yet.
  const clash = () => 'clash' in form.dataset;

  const show = cutOff => {
    const off = hb.one('#unsaved', form), said = hb.one('#saved .saved', form);
    off.hidden = !dirty();
    off.lastElementChild.textContent = off.lastElementChild.dataset[key ? 'kept' : 'bare'];
    if (said) said.hidden = dirty();
    if (cutOff !== undefined) hb.one('#cut-off', form).hidden = !cutOff;
  };

  const keep = async () => {
    if (!key) return;
    const mine = ++turn, there = place(), iv = crypto.getRandomValues(new Uint8Array(12));
    const kept = JSON.stringify({ text: area.value, version: clash() ? base : form.version.value, at: Date.now() });
    try {
      const sealed = await crypto.subtle.encrypt({ name: AES, iv }, await key, new TextEncoder().encode(kept));
      if (mine === turn) store.setItem(there, text(iv) + text(sealed));
    } catch { key = null; show(); }
  };
  const open = async name => {
    try {
      const sealed = bytes(store.getItem(name));
      const kept = await crypto.subtle.decrypt({ name: AES, iv: sealed.slice(0, 12) }, await key, sealed.slice(12));
      return { name, ...JSON.parse(new TextDecoder().decode(kept)) };
    } catch { clear([name]); }
  };
  const soon = ms => { clearTimeout(timer); timer = setTimeout(save, ms); };
  const save = () => { if (dirty() && !sending && !clash()) htmx.trigger(form, 'hb:save'); };
  const typed = () => { show(); keep(); soon(QUIET_MS); };

  const begin = () => {
    const next = hb.one('form[data-keep]');
    if (!next || next === form) return;
    form = next;
    area = form.doctor_notes;
    // What comes back with a refusal is saved nowhere.
    saved = hb.one('[data-clears]', form) ? null : area.defaultValue;
    if (store && window.crypto?.subtle) key ??= crypto.subtle.importKey('raw', bytes(atob(form.dataset.key)), AES, false, ['encrypt', 'decrypt']);
    area.addEventListener('input', typed);
  };

  // With the version that it was written on, so that what was saved since is shown beside it.
  const takeUp = async () => {
    const all = await Promise.all(entries().map(open));
    const [found] = all.filter(Boolean).sort((a, b) => (b.name === place()) - (a.name === place()) || b.at - a.at);
    if (!found) return;
    clear([found.name]);
    if (found.text === area.value) return;
    area.value = found.text;
    form.version.value = found.version;
    typed();
    save();
  };

  begin();
  if (key) alone().then(takeUp);

  document.addEventListener('submit', event => {
    if (form && event.target === form && sending) {
      event.preventDefault();
      event.stopPropagation();
      waiting = event.submitter;
    } else if (event.target.matches('.me') && dirty() && !leaving) {
      event.preventDefault();
      leaving = event.target;
      if (clash()) stay(); else save();
    }
  }, true);
  const stay = () => { leaving = {}; hb.alert('unsent'); };

  const ours = ctx => hb.keeps(ctx) && form;
  let had, at;
  hb.on('htmx:before:request', ({ detail: { ctx } }) => { if (ours(ctx)) sending = { text: area.value, version: form.version.value }; });
  hb.on('htmx:before:swap', ({ detail: { ctx } }) => { if (ours(ctx)) [had, at] = [document.activeElement, area.selectionStart]; });
  // What was typed while a refusal was on its way goes into the form that came with it.
  hb.on('htmx:after:swap', ({ detail: { ctx } }) => {
    if (!ours(ctx) || form.isConnected) return;
    const old = area;
    base = sending?.version;
    begin();
    area.value = old.value;
    if (!hb.asked(ctx)) (had === old ? area : had).focus();
    if (had === old) area.setSelectionRange(at, at);
    keep();
  });
  hb.on('htmx:finally:request', ({ detail: { ctx } }) => {
    if (!ours(ctx)) return;
    const status = ctx.response?.status, sent = sending, then = waiting;
    sending = waiting = null;
    if (status === 200 || status === 204) {
      saved = sent.text;
      form.querySelectorAll('[data-clears]').forEach(hb.takeAway);
      delete form.dataset.clash;
      if (dirty()) { keep(); soon(0); } else { turn++; clear([place()]); }
      // Not at once: htmx still holds the place of the request that ends here.
      if (then) setTimeout(() => form.requestSubmit(then));
      else if (!dirty()) leaving?.requestSubmit?.();
      return show(false);
    }
    if (leaving?.requestSubmit) stay();
    if (!status || status >= 500 || status === 429) soon(AGAIN_MS);
    show(!status);
  });
  addEventListener('online', () => { if (form) soon(0); });
  addEventListener('pagehide', () => { if (dirty() && !sending && !clash()) navigator.sendBeacon(form.action, new FormData(form)); });
}
