import { get, repeat } from '../api.js';
import { clock, h, short, title } from '../ui.js';
import { describe } from './overview.js';

export function mount(root) {
  const filter = h('input', { type: 'search', placeholder: 'filter', 'aria-label': 'Filter events', oninput: () => show() });
  const pause = h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Go on' : 'Pause';
    show();
  } }, 'Pause');
  const counted = h('span', { class: 'state', role: 'status' });
  const body = h('tbody', {});
  root.append(
    title('Log', h('div', { class: 'tools' }, counted, filter, pause)),
    h('section', { class: 'card' }, h('table', { class: 'log' },
      h('thead', {}, h('tr', {}, ...['Time', 'Event', 'What', 'Fields'].map(text => h('th', { scope: 'col' }, text)))), body)));
  let events = [];
  let last = 0;
  let paused = false;

  function show() {
    const wanted = filter.value.toLowerCase();
    const found = events.filter(e => wanted === '' || JSON.stringify(e).toLowerCase().includes(wanted));
    counted.textContent = wanted === '' ? `last ${events.length} events` : `${found.length} of ${events.length} events`;
    body.replaceChildren(...found.toReversed().map(row));
  }

  return repeat(async () => {
    const log = await get(`api/log?after=${last}`);
    if (log.events.length > 0 && !paused) {
      last = log.last;
      events = [...events, ...log.events].slice(-500);
      show();
    } else if (events.length === 0) {
      show();
    }
  }, 700);
}

/** Ids by their end, times as they are. */
const brief = text => /^[a-zA-Z0-9]{40,}$/.test(text) ? short(text, 10) : text;

function row(event) {
  const { type, at, ...fields } = event;
  return h('tr', {},
    h('td', {}, h('time', { datetime: at }, clock(at))),
    h('td', {}, h('b', {}, type)),
    h('td', {}, describe(event)),
    h('td', { class: 'wrap mono faint' }, ...Object.entries(fields).map(([name, value]) => h('span', { class: 'field', title: String(value) }, `${name}=${brief(String(value))} `))));
}
