
// The stream: its state in words, a first connection that failed, a session that ended, a line that went dead.
{
  const ASK_MS = 30000, FIRST_MS = 4000, LONGEST_MS = 30000, SILENT_MS = 60000;
  let connected = null, everConnected = false, signedOut = false, leaving = false, heard = 0, wait = FIRST_MS;
  const stream = () => hb.one('#live');

  const show = () => {
    if (connected !== null) document.querySelectorAll('.live-dot').forEach(dot => {
      dot.hidden = false;
      dot.classList.toggle('off', !connected);
      dot.textContent = connected ? dot.dataset.on : dot.dataset.off;
    });
  };
  const become = state => { connected = state; everConnected ||= state; heard = 0; show(); };

  // A page that was reloaded and is refused at once must not reload for ever.
  const leave = () => {
    if (leaving) return;
    const reloaded = performance.getEntriesByType('navigation')[0]?.type === 'reload';
    signedOut = true;
    if (everConnected || !reloaded) location.reload();
  };

  // Who signs out is on the way to a page that says so: what is refused meanwhile, unasked, must not lead elsewhere.
  hb.on('submit', event => { leaving ||= event.target.matches('.me') && !event.defaultPrevented; });
  hb.on('htmx:before:response', event => {
    const { ctx } = event.detail;
    if (leaving && ctx.response.status === 401 && !hb.asked(ctx)) event.preventDefault();
  });
  addEventListener('pageshow', () => { leaving = false; });

  hb.on('htmx:sse:after:connection', () => become(true));
  hb.on('htmx:sse:close', () => become(false));
  hb.on('htmx:sse:error', ({ detail }) => { become(false); if (detail.status === 401) leave(); });
  hb.on('htmx:sse:before:connection', event => { if (signedOut) event.preventDefault(); });
  hb.on('htmx:sse:after:message', ({ detail }) => { if (detail.message.event === 'ping') heard = Date.now(); });
  hb.on('htmx:error', ({ detail: { ctx } }) => { if (ctx?.sourceElement === stream()) become(false); });
  hb.on('htmx:response:error', ({ detail: { ctx } }) => {
    if (ctx.sourceElement !== stream()) return;
    become(false);
    if (ctx.response.status === 401) leave();
  });
  hb.on('htmx:after:swap', show);

  // Somebody looks again, or the network is back: no reason to wait.
  const hurry = () => stream()?._htmx?.sse?.delayCanceller?.();
  hb.on('visibilitychange', () => { heard = 0; if (!document.hidden) setTimeout(hurry, 100); });
  addEventListener('online', hurry);

  // hx-sse does not try again when the first connection fails, and waits up to a minute after later ones.
  const watch = () => {
    const connection = stream()?._htmx?.sse;
    if (connection) {
      wait = FIRST_MS;
      if (heard && Date.now() - heard > SILENT_MS) { heard = 0; connection.reader?.cancel(); }
    } else if (stream() && !document.hidden && !signedOut) {
      htmx.trigger(stream(), 'hb:reconnect');
      wait = Math.min(wait * 1.5, LONGEST_MS);
    }
    setTimeout(watch, wait * (.8 + Math.random() * .4));
  };
  setTimeout(watch, FIRST_MS);

  setInterval(() => {
    if (!stream() || document.hidden || (connected && !hb.stale)) return;
    hb.stale = false;
    htmx.trigger(document, 'refresh');
  }, ASK_MS);

  // How long a hold still lasts, counted from what the server said, whatever this device's clock says.
  const counted = new WeakMap();
  const count = () => document.querySelectorAll('[data-countdown]').forEach(element => {
    const given = element.dataset.countdown;
    let run = counted.get(element);
    if (run?.given !== given) counted.set(element, run = { given, ends: Date.now() + given * 1000 });
    const left = Math.max(0, Math.round((run.ends - Date.now()) / 1000));
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    if (left <= 60 && !run.warned) { run.warned = true; hb.announce(element.dataset.soon ?? ''); }
    if (!left && !run.over) { run.over = true; htmx.trigger(document, 'refresh'); }
  });
  count();
  setInterval(count, 1000);
}
