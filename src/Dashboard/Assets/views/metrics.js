import { get, repeat } from '../api.js';
import { empty, h, s, title } from '../ui.js';

const samplesMax = 120;

export function mount(root) {
  const filter = h('input', { type: 'search', placeholder: 'filter', 'aria-label': 'Filter metrics', oninput: () => show() });
  const body = h('div', { class: 'metrics' });
  root.append(title('Metrics', h('div', { class: 'tools' }, h('a', { href: 'metrics' }, 'Prometheus text'), filter)), body);
  const series = new Map();
  let names = [];

  function show() {
    const wanted = filter.value.toLowerCase();
    const found = names.filter(name => name.toLowerCase().includes(wanted));
    body.replaceChildren(...(found.length === 0 ? [empty(names.length === 0 ? 'Nothing was measured yet.' : 'No metric of that name.')] : found.map(name => row(name, series.get(name)))));
  }

  return repeat(async () => {
    const metrics = await get('api/metrics');
    names = metrics.map(fullName);
    for (const m of metrics) {
      const samples = series.get(fullName(m)) ?? { values: [] };
      series.set(fullName(m), { ...m, values: [...samples.values, m.value].slice(-samplesMax) });
    }
    show();
  }, 1000);
}

const fullName = m => m.labels ? `${m.name} ${m.labels}` : m.name;

function row(name, { kind, count, values }) {
  const value = values.at(-1);
  const what = kind === 'Histogram' ? `on average, of ${count.toLocaleString()}` : kind === 'Counter' ? 'since the dashboard is up' : 'now';
  return h('section', { class: 'card metric' },
    h('h2', {}, name),
    h('p', {}, h('strong', {}, Number.isInteger(value) ? value.toLocaleString() : value.toPrecision(3)), ' ', what),
    spark(values));
}

function spark(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const points = values.map((value, i) => `${240 - ((values.length - 1 - i) / (samplesMax - 1)) * 240},${30 - ((value - low) / span) * 26}`).join(' ');
  return s('svg', { class: 'spark', viewBox: '0 0 240 34', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, s('polyline', { points }));
}
