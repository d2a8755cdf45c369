import { get } from '../api.js';
import { bytes, empty, h, plural, short } from '../ui.js';
import { redraw } from '../redraw.js';

/** The entries of a log, `{ id, name }`, in `parent`: read here, written by `p2p log append`, `p2p chat` or a program. `status` is told how many there are. */
export function list(parent, { id, name }, { status }) {
  const box = h('div', { class: 'entries', role: 'log', tabindex: '0', 'aria-label': `Entries of the log ${name}` });
  parent.append(box);
  let seen = '';
  let stopped = false;

  function show({ entries, more }) {
    const atEnd = box.scrollTop + box.clientHeight > box.scrollHeight - 40;
    redraw(box,
      more && empty(`Only the newest ${entries.length} are shown.`),
      h('ol', { class: 'plain' }, ...entries.map(row)));
    if (atEnd) {
      box.scrollTop = box.scrollHeight;
    }
    status(plural(entries.length, 'entry', 'entries'));
  }

  return {
    /** A look at the list of documents says whether there is something new. */
    async update(shown) {
      const now = `${shown.applied} ${shown.frontier}`;
      if (now !== seen) {
        const answer = await get(`api/entries?doc=${id}`);
        seen = now;
        if (!stopped) {
          show(answer);
        }
      }
    },
    focus: () => box.focus(),
    destroy() {
      stopped = true;
      box.remove();
    },
  };
}

function row(entry) {
  const cut = entry.cut && h('span', { class: 'faint' }, ` … ${bytes(entry.bytes)} in all`);
  return h('li', { 'data-key': entry.event },
    entry.claimedAt ? h('time', { datetime: entry.claimedAt }, new Date(entry.claimedAt).toLocaleString()) : h('span', { class: 'faint' }, 'time withheld'),
    h('b', { title: entry.author }, entry.name),
    h('bdi', { class: entry.text === null ? 'mono faint' : '' }, entry.text ?? (entry.hex === null ? 'no entry' : `${bytes(entry.bytes)}, not text: ${entry.hex}`), cut),
    h('a', { class: 'id', href: `#/content?cid=${entry.event}`, title: entry.event }, short(entry.event, 6)));
}
