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
let isLooking = false;

/** `#/editor?doc=notes` → ['editor', URLSearchParams]. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return [views.some(([name]) => name === path) ? path : 'overview', new URLSearchParams(query)];
}

/** Whoever goes to another view stands at its heading, which a screen reader says; within one, where he was. */
function enterView(before, wasSame) {
  const label = wasSame && before?.getAttribute('aria-label');
  const again = label && [...main.querySelectorAll('[aria-label]')].find(element => element.getAttribute('aria-label') === label);
  (again || main.querySelector('h1'))?.focus({ preventScroll: true });
}

async function show(hasMoved) {
  const [name, query] = place();
  const turn = ++shown;
  const wasSame = main.className === `view-${name}`;
  const before = main.contains(document.activeElement) ? document.activeElement : null;
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
    if (hasMoved) {
      enterView(before, wasSame);
    }
  }
}

const tokenOf = hash => /^#t=(.+)$/.exec(hash)?.[1];

async function signIn() {
  const token = tokenOf(location.hash);
  if (token) {
    history.replaceState(null, '', '#/overview'); // the token must not stay where it can be copied from
    await post('session', { token });
  }
}

const isLocked = () => document.body.classList.contains('locked');

/** Into the page, by the link in the address or by a session: at the start, and in a tab that is open already. */
async function enter(hasMoved) {
  await signIn();
  header(await get('api/overview'));
  document.body.classList.remove('locked');
  await show(hasMoved);
  if (!isLooking) {
    isLooking = true;
    repeat(async () => isLocked() || await look(), 2000);
  }
}

function locked(error) {
  shown++; // what is still being loaded is not shown
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
  document.querySelector('.skip').addEventListener('click', event => {
    event.preventDefault(); // the fragment is the view
    main.focus();
  });
  document.getElementById('online').addEventListener('click', async () => {
    const offline = !context.overview.offline;
    switches++;
    await post('api/offline', { offline }).then(look, failed);
  });
  window.addEventListener('hashchange', () => (isLocked() || context.overview === null || tokenOf(location.hash) ? enter(true) : show(true)).catch(failed));
  window.addEventListener('p2p-error', event => failed(event.detail));
  await enter(false).catch(failed);
}

start();
