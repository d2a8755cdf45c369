import { get, post, repeat, Refused } from './api.js';
import { h, toast } from './ui.js';

const views = [
  ['overview', 'Overview'],
  ['editor', 'Editor'],
  ['dag', 'History'],
  ['mesh', 'Mesh'],
  ['dht', 'DHT'],
  ['content', 'Content'],
  ['metrics', 'Metrics'],
  ['log', 'Log'],
];

const main = document.getElementById('main');
const context = { overview: null };
let leave = null;
let shown = 0;
let switches = 0;

/** `#/editor?doc=notes` → ['editor', URLSearchParams]. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return [views.some(([name]) => name === path) ? path : 'overview', new URLSearchParams(query)];
}

async function show() {
  const [name, query] = place();
  const turn = ++shown;
  leave?.();
  leave = null;
  for (const link of document.querySelectorAll('#nav a')) {
    if (link.dataset.view === name) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  document.title = `${views.find(([view]) => view === name)[1]} · P2P dashboard`;
  const view = await import(`./views/${name}.js`);
  if (turn === shown) {
    main.replaceChildren();
    main.className = `view-${name}`;
    leave = view.mount(main, { ...context, query, go: target => { location.hash = `#/${target}`; } }) ?? null;
  }
}

async function signIn() {
  const token = /^#t=(.+)$/.exec(location.hash)?.[1];
  if (token) {
    history.replaceState(null, '', '#/overview'); // the token must not stay where it can be copied from
    await post('session', { token });
  }
}

function locked(error) {
  leave?.();
  leave = null;
  document.body.classList.add('locked');
  main.replaceChildren(h('section', { class: 'card lock' },
    h('h1', {}, 'Not signed in'),
    h('p', {}, error.reason === 'Token'
      ? 'The token in the link is not that of this node. A link is valid until the node stops.'
      : 'This browser has no session with this node.'),
    h('p', {}, 'Open the link that ', h('code', {}, 'p2p up'), ' prints, with everything behind the ', h('code', {}, '#'), '.')));
}

function header(overview) {
  context.overview = overview;
  document.getElementById('node-name').textContent = overview.name;
  document.getElementById('node-network').textContent = `network ${overview.network}`;
  document.getElementById('foot').textContent = `p2p ${overview.version ?? ''} · ${overview.write ? 'may edit' : 'read-only'}`;
  const box = document.getElementById('switch');
  box.hidden = !overview.write;
  const button = document.getElementById('online');
  button.setAttribute('aria-checked', String(!overview.offline));
  document.getElementById('online-text').textContent = overview.offline ? 'offline' : 'online';
  document.body.classList.toggle('is-offline', overview.offline);
}

/** An answer that was asked for before the switch was used says what is no longer so. */
async function look() {
  const before = switches;
  const overview = await get('api/overview');
  if (before === switches) {
    header(overview);
  }
}

function failed(error) {
  if (error instanceof Refused && error.status === 401) {
    locked(error);
  } else {
    toast(error instanceof Refused ? `refused: ${error.reason ?? error.status}` : 'the node does not answer');
  }
}

async function start() {
  document.getElementById('nav').append(...views.map(([name, label]) =>
    h('a', { href: `#/${name}`, 'data-view': name }, label)));
  document.getElementById('online').addEventListener('click', async () => {
    const offline = !context.overview.offline;
    switches++;
    await post('api/offline', { offline }).then(look, failed);
  });
  try {
    await signIn();
    header(await get('api/overview'));
  } catch (error) {
    failed(error);
    return;
  }
  window.addEventListener('hashchange', () => show().catch(failed));
  window.addEventListener('p2p-error', event => failed(event.detail));
  repeat(look, 2000);
  await show();
}

start();
