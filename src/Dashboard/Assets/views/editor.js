import { get, post, repeat } from '../api.js';
import { bind } from '../editing.js';
import { documentOf, empty, h, offer, plural, title, toast } from '../ui.js';
import { syncBadge } from './overview.js';

export function mount(root, { overview, query, go }) {
  const write = overview.write;
  const picker = h('select', { 'aria-label': 'Document', onchange: () => go(`editor?doc=${picker.value}`) });
  const badge = h('span', { class: 'state' });
  const saved = h('span', { class: 'state', role: 'status' });
  const place = h('div', { class: 'card editor' });
  const form = h('form', { class: 'inline', onsubmit: open },
    h('input', { name: 'name', placeholder: 'another document', 'aria-label': 'Name of a document to open', required: true, maxlength: 64, autocomplete: 'off' }),
    h('button', { type: 'submit' }, 'Open'));
  root.append(title('Editor', h('div', { class: 'tools' }, picker, badge, saved, write && form)), place);

  let editor = null;
  let id = null;

  async function open(event) {
    event.preventDefault();
    const wanted = new FormData(form).get('name');
    try {
      const opened = await post('api/documents/open', { name: wanted });
      form.reset();
      go(`editor?doc=${opened.id}`);
    } catch (error) {
      toast(`not opened: ${error.message}`);
    }
  }

  function choose(documents) {
    offer(picker, documents);
    if (editor === null && documents.length > 0) {
      const chosen = documentOf(documents, query.get('doc'));
      id = chosen.id;
      picker.value = id;
      place.replaceChildren();
      editor = bind(place, chosen, {
        write,
        status: ({ state, length, lines }) => {
          saved.textContent = `${state} · ${plural(length, 'character')}, ${plural(lines, 'line')}`;
        },
      });
      const at = document.activeElement;
      if (at === null || at === document.body || at.matches('#nav [aria-current]')) {
        editor.focus(); // whoever has moved on while this was loading is left where they are
      }
    } else if (documents.length === 0 && place.childElementCount === 0) {
      place.replaceChildren(empty(write ? 'No document is open here. Open one by its name.' : 'No document is open here. “p2p up --doc NAME” opens one.'));
    }
    const shown = documents.find(d => d.id === id);
    if (shown) {
      badge.replaceChildren(syncBadge(shown), ` ${plural(shown.followers, 'follower')} · ${plural(shown.heads.length, 'head')}`);
      badge.dataset.heads = shown.heads.join(' ');
    }
  }

  const stop = repeat(async () => choose(await get('api/documents')), 700);
  return () => {
    stop();
    editor?.destroy();
  };
}
