
// No text becomes code: every path of htmx that evaluates is refused, and scripts in fragments are emptied.
htmx.registerExtension('hb', {
  init: api => {
    const refuse = function () { throw new Error('healthbook evaluates no text'); };
    const policy = window.trustedTypes?.createPolicy('htmx', { createHTML: text => text, createScript: () => '' });
    api.initSecurity(policy, refuse, refuse);
  },
});

// Not by hx-headers: an element with hx-headers of its own would silently lose the inherited token.
hb.on('htmx:config:request', ({ detail: { ctx: { request } } }) => {
  const token = hb.one('meta[name="csrf-token"]')?.content;
  if (token && !/^(GET|HEAD)$/.test(request.method)) request.headers['X-CSRF-Token'] = token;
});

// A page that is older than its session is answered with the session's token: what was typed can be sent again.
hb.on('htmx:after:swap', () => {
  const { token } = hb.one('[data-token]')?.dataset ?? {};
  if (!token) return;
  hb.one('meta[name="csrf-token"]').content = token;
  document.querySelectorAll('input[name="csrf_token"]').forEach(field => field.value = token);
  document.querySelectorAll('[data-token]').forEach(toast => toast.removeAttribute('data-token'));
});

// A page out of the browser's memory may be another person's by now.
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
