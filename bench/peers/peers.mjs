// The four libraries behind one face. A document is opened by `create(agent)`; `edit` makes the patches of one transaction and returns nothing;
// `update` returns the bytes of what was edited since the last call; `receive` takes such bytes; `save` and `load` are the whole history.

export const peers = {
  async yjs() {
    const Y = await import('yjs');
    return {
      version: '13.6.33',
      create(agent, wantsUpdates) {
        const doc = new Y.Doc();
        doc.clientID = agent + 1;
        const state = { doc, text: doc.getText('text'), updates: [] };
        if (wantsUpdates) doc.on('update', (bytes, origin) => origin !== 'remote' && state.updates.push(bytes));
        return state;
      },
      edit(s, patches) {
        s.doc.transact(() => {
          for (const [position, deleted, inserted] of patches) {
            if (deleted) s.text.delete(position, deleted);
            if (inserted) s.text.insert(position, inserted);
          }
        });
      },
      update: s => s.updates.splice(0),
      receive: (s, bytes) => Y.applyUpdate(s.doc, bytes, 'remote'),
      save: s => Y.encodeStateAsUpdateV2(s.doc),
      load(bytes) {
        const doc = new Y.Doc();
        Y.applyUpdateV2(doc, bytes);
        return { doc, text: doc.getText('text') };
      },
      text: s => s.text.toString(),
    };
  },

  async automerge() {
    const A = await import('@automerge/automerge');
    // Every replica begins with the same first change, so that all edit one text object.
    const first = A.getLastLocalChange(A.from({ text: '' }, { actor: 'ff' }));
    const actor = agent => (agent + 1).toString(16).padStart(8, '0');
    return {
      version: '3.5.0',
      create: agent => ({ doc: A.applyChanges(A.init({ actor: actor(agent) }), [first])[0], changes: [] }),
      edit(s, patches) {
        s.doc = A.change(s.doc, d => {
          for (const [position, deleted, inserted] of patches) A.splice(d, ['text'], position, deleted, inserted);
        });
      },
      update: s => [A.getLastLocalChange(s.doc)],
      receive: (s, bytes) => { [s.doc] = A.applyChanges(s.doc, [bytes]); },
      save: s => A.save(s.doc),
      load: bytes => ({ doc: A.load(bytes) }),
      text: s => s.doc.text.toString(),
    };
  },

  async loro() {
    const { LoroDoc } = await import('loro-crdt');
    return {
      version: '1.17.1',
      create(agent) {
        const doc = new LoroDoc();
        doc.setPeerId(BigInt(agent + 1));
        return { doc, text: doc.getText('text'), at: doc.version() };
      },
      edit(s, patches) {
        for (const [position, deleted, inserted] of patches) {
          if (deleted) s.text.delete(position, deleted);
          if (inserted) s.text.insert(position, inserted);
        }
        s.doc.commit();
      },
      update(s) {
        const bytes = s.doc.export({ mode: 'update', from: s.at });
        s.at = s.doc.version();
        return [bytes];
      },
      receive(s, bytes) {
        s.doc.import(bytes);
        s.at = s.doc.version();
      },
      save: s => s.doc.export({ mode: 'snapshot' }),
      load(bytes) {
        const doc = new LoroDoc();
        doc.import(bytes);
        return { doc, text: doc.getText('text') };
      },
      text: s => s.text.toString(),
    };
  },

  async 'diamond-types'() {
    const { Doc } = (await import('diamond-types-node')).default;
    return {
      version: '1.0.2',
      countsCodePoints: true,
      create: agent => ({ doc: new Doc('agent' + agent) }),
      edit(s, patches) {
        s.before = s.doc.getLocalVersion();
        for (const [position, deleted, inserted] of patches) {
          if (deleted) s.doc.del(position, deleted);
          if (inserted) s.doc.ins(position, inserted);
        }
      },
      update: s => [s.doc.getPatchSince(s.before)],
      receive: (s, bytes) => { s.doc.mergeBytes(bytes); },
      save: s => s.doc.toBytes(),
      load: bytes => ({ doc: Doc.fromBytes(bytes, 'reader') }),
      text: s => s.doc.get(),
    };
  },
};
