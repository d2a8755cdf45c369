import { get, post, repeat } from '../api.js';
import { bind } from '../editing.js';
import { documentOf, empty, h, offer, plural, title, toast } from '../ui.js';
import { redraw } from '../redraw.js';
import { list } from './entries.js';
import { syncBadge } from './overview.js';

/** Why a page that may write cannot write here. */
const noRight = {
  NotAWriter: 'Only its writers may write in this document, and the author key of this node is none of them: one of them must grant it the right (P2P0012).',
  ReadOnly: 'This node has no author key: it only reads (P2P0012).',
};

export function mount(root, { overview, query, go }) {
  const write = overview.write;
  const wanted = query.get('doc');
  const picker = h('select', { 'aria-label': 'Document', onchange: () => go(`editor?doc=${picker.value}`) });
  const badge = h('span', { class: 'state' });
  const saved = h('span', { class: 'state', role: 'status' });
  const notice = h('div', { class: 'notice', hidden: true });
  const refusal = h('div', { class: 'notice refusal', role: 'alert', hidden: true });
  const place = h('div', { class: 'card editor' });
  const name = h('input', { name: 'name', placeholder: 'another document', 'aria-label': 'Name or ticket of a document to open', required: true, maxlength: 8000, autocomplete: 'off' });
  const form = h('form', { class: 'inline', onsubmit: open }, name, h('button', { type: 'submit' }, 'Open'));
  root.append(title('Editor', h('div', { class: 'tools' }, picker, badge, saved, write && form)), notice, refusal, place);

  let shown = null; // what is in the place: an editor, or the entries of a log
  let kind = null;
  let id = null;
  let lost = '';
  let isOffered = false;

  async function open(event) {
    event.preventDefault();
    try {
      const opened = await post('api/documents/open', { name: name.value });
      form.reset();
      go(`editor?doc=${opened.id}`);
    } catch (error) {
      toast(`not opened: ${error.message}`);
    }
  }

  function say(...words) {
    notice.hidden = words.length === 0;
    redraw(notice, ...words);
  }

  /** What was typed and is not in the text stays here until it is dismissed. */
  function refused(why, text) {
    lost += text;
    const copy = () => navigator.clipboard?.writeText(lost).then(() => toast('copied'), () => toast('Select it and copy it by hand.'));
    redraw(refusal,
      h('p', {}, h('strong', {}, 'Not written. '), why),
      lost !== '' && h('pre', { tabindex: '0', 'aria-label': 'What was typed and is not in the text' }, lost),
      h('div', { class: 'tools' },
        lost !== '' && h('button', { type: 'button', onclick: copy }, 'Copy what was typed'),
        h('button', { type: 'button', onclick: dismiss }, 'Dismiss')));
    refusal.hidden = false;
  }

  function dismiss() {
    lost = '';
    refusal.hidden = true;
    shown?.focus();
  }

  function close() {
    shown?.destroy();
    shown = null;
    place.replaceChildren();
  }

  /** A log is read; a document that holds both is shown as the address says, or as it was before the other came. */
  const kindOf = found => found.kind === 'log' || (found.kind === 'both' && (query.get('as') ?? kind) === 'log') ? 'log' : 'text';

  function show(found) {
    close();
    id = found.id;
    kind = kindOf(found);
    if (kind === 'log') {
      shown = list(place, found, { status: count => { saved.textContent = `read only · ${count}`; } });
    } else {
      shown = bind(place, found, {
        write: write && !found.cannotWrite,
        status: ({ state, length, lines }) => {
          saved.textContent = `${state} · ${plural(length, 'character')}, ${plural(lines, 'line')}`;
        },
        refused,
      });
    }
    const at = document.activeElement;
    if (at === null || at === document.body || at.matches('#nav [aria-current], main h1')) {
      shown.focus(); // whoever has moved on while this was loading is left where they are
    }
  }

  function missing(documents) {
    if (shown) {
      say('This document is not open here any more: it was left or deleted.');
    } else if (wanted !== null) {
      redraw(place, h('p', { class: 'empty' }, h('bdi', {}, `“${wanted}”`), ' is not open here.', write ? ' Open it by its name, or choose another document above.' : ' “p2p up --doc NAME” opens one.'));
      if (!isOffered && !/^baf[a-z0-9]{50,}$/.test(wanted)) {
        name.value = wanted; // an id names nothing that could be opened
      }
      isOffered = true;
    } else if (documents.length === 0) {
      redraw(place, empty(write ? 'No document is open here. Open one by its name.' : 'No document is open here. “p2p up --doc NAME” opens one.'));
    }
  }

  async function choose(documents) {
    offer(picker, documents);
    const found = documentOf(documents, id ?? wanted);
    picker.value = found?.id ?? '';
    if (!found) {
      missing(documents);
      return;
    }
    if (shown === null || kind !== kindOf(found)) {
      show(found);
    }
    badge.replaceChildren(syncBadge(found), ` ${plural(found.followers, 'follower')} · ${plural(found.heads.length, 'head')}`);
    badge.dataset.heads = found.heads.join(' ');
    const other = kind === 'log' ? 'text' : 'log';
    say(...[
      kind === 'log' && 'This is a log: it is read here. `p2p log append` writes to it.',
      kind === 'text' && write && noRight[found.cannotWrite],
      found.kind === 'both' && h('a', { href: `#/editor?doc=${id}&as=${other}` }, kind === 'log' ? ' It holds text too.' : ' It holds entries of a log too.'),
    ].filter(Boolean));
    if (kind === 'log') {
      await shown.update(found);
    } else {
      shown.allow(write && !found.cannotWrite);
    }
  }

  const stop = repeat(async () => choose(await get('api/documents')), 700);
  return () => {
    stop();
    shown?.destroy();
  };
}
