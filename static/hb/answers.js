
// What became of a request: busy buttons, refusals, and no answer at all.
{
  const SHOWN_IN_PLACE = [401, 409, 415, 422];
  const TOAST_MS = 10000;
  const isStream = ctx => ctx.sourceElement?.id === 'live';

  // No answer came, so nobody knows what happened: say so above the form, keep it, and offer to ask again.
  const unknown = (form, submitter) => {
    const { name, value } = submitter ?? {};
    const box = hb.one('#unknown').content.firstElementChild.cloneNode(true);
    hb.one('p', box).textContent = form.dataset.unknown;
    hb.one('button', box).addEventListener('click', event => {
      event.currentTarget.classList.add('htmx-request');
      const choice = Object.assign(document.createElement('input'), { type: 'hidden', name: name ?? '', value: value ?? '' });
      if (name) form.append(choice);
      form.requestSubmit();
      choice.remove();
    });
    forget();
    // Outside the region that refreshes itself, or the next refresh takes the box away.
    (form.closest('[hx-ptag]') ?? form).before(box);
    box.focus();
  };
  const forget = () => document.querySelectorAll('.unknown').forEach(hb.takeAway);

  // The answer may come between the two clicks of a double click, and the second would press what stands there now.
  document.addEventListener('click', event => {
    if (event.detail > 1 && event.target.closest('form button:not([type="button"])')) event.preventDefault();
  }, true);
  hb.on('submit', event => event.submitter?.closest('[popover]')?.hidePopover?.());

  hb.on('htmx:before:request', ({ detail: { ctx } }) => ctx.request.submitter?.classList.add('htmx-request'));
  hb.on('htmx:finally:request', ({ detail: { ctx } }) => ctx.request.submitter?.classList.remove('htmx-request'));
  hb.on('htmx:after:request', ({ detail: { ctx } }) => { if (ctx.request.method !== 'GET') forget(); });

  hb.on('htmx:response:error', ({ detail: { ctx } }) => {
    const status = ctx.response.status;
    if (isStream(ctx) || SHOWN_IN_PLACE.includes(status)) return;
    if (!hb.asked(ctx)) { hb.stale = true; return; }
    if (ctx.text?.includes('<hx-partial')) return;
    const form = ctx.request.form;
    if (status >= 500 && form?.dataset.unknown && ctx.request.method !== 'GET') unknown(form, ctx.request.submitter);
    else hb.alert(status === 429 ? 'busy' : status >= 500 ? 'broken' : 'refused');
  });

  // What nobody asked for fails without a word; the next refresh mends it. What is gone (410) is said in its place.
  hb.on('htmx:before:swap', event => {
    const { ctx } = event.detail;
    if (ctx.response?.status >= 400 && ctx.response.status !== 410 && !hb.asked(ctx) && !hb.keeps(ctx)) event.preventDefault();
  });

  // A region asked about itself, and somebody chose something else meanwhile: the answer is about what stood there before.
  const address = ctx => ctx.sourceElement?.getAttribute('hx-get');
  const asking = new WeakMap();
  hb.on('htmx:before:request', ({ detail: { ctx } }) => { if (!hb.asked(ctx)) asking.set(ctx, address(ctx)); });
  hb.on('htmx:before:swap', event => {
    const { ctx } = event.detail;
    if (asking.has(ctx) && asking.get(ctx) !== address(ctx)) event.preventDefault();
  });

  hb.on('htmx:error', ({ detail: { ctx } }) => {
    if (!ctx || isStream(ctx) || hb.keeps(ctx) || ctx.text != null) return;
    const form = ctx.request.form;
    if (ctx.request.method === 'GET') { if (hb.asked(ctx)) hb.alert('lost'); else hb.stale = true; }
    else if (form?.dataset.unknown) unknown(form, ctx.request.submitter);
    else hb.alert('unsure');
  });

  hb.on('htmx:after:swap', () => {
    const prefix = hb.words('error') + ' ';
    const bare = document.title.startsWith(prefix) ? document.title.slice(prefix.length) : document.title;
    document.title = hb.one('.errors') ? prefix + bare : bare;
  });

  const fade = toast => setTimeout(() => toast.matches(':hover, :focus-within') ? fade(toast) : toast.remove(), TOAST_MS);
  const toasts = hb.one('#toasts');
  if (toasts) new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => { if (node.matches?.('.toast')) fade(node); })))
    .observe(toasts, { childList: true });
}
