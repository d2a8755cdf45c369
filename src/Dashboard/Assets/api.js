// The dashboard's own server is the only one this page ever talks to; every address is relative.

export class Refused extends Error {
  constructor(status, reason) {
    super(reason ?? `HTTP ${status}`);
    this.status = status;
    this.reason = reason;
  }
}

async function ask(path, init) {
  const answer = await fetch(path, { credentials: 'same-origin', ...init });
  if (!answer.ok) {
    const reason = await answer.json().then(body => body.error, () => undefined);
    throw new Refused(answer.status, reason);
  }
  return answer.status === 204 ? null : answer.json();
}

export const get = path => ask(path);

export const post = (path, body) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export function socket(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return new WebSocket(url);
}

/** Calls `work` now and then again `ms` after it has ended, while the page is visible; returns what stops it. */
export function repeat(work, ms) {
  let timer;
  let stopped = false;
  const run = async () => {
    if (!document.hidden) {
      try {
        await work();
      } catch (error) {
        if (!stopped) {
          window.dispatchEvent(new CustomEvent('p2p-error', { detail: error }));
        }
      }
    }
    if (!stopped) {
      timer = setTimeout(run, ms);
    }
  };
  run();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
