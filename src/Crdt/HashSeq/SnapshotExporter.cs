using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Writes the events of a text as columns. Everything in them follows from the set of events: events are in canonical order,
/// elements are numbered by it, siblings are in the order of their ids. Nothing depends on arrival or on the index.
/// </summary>
/// <remarks>Spec: hashseq, section 12. The format is described in docs/hashseq.md.</remarks>
internal sealed class SnapshotExporter(ElementTree tree, EventTable events, PastText past)
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly PastText _past = past;
    private readonly SnapshotColumns _columns = new();
    private readonly SnapshotNumbers _numbers = new();
    private readonly SnapshotSlots _slots = new();
    private readonly Dictionary<Cid, int> _positions = []; // in canonical order
    private readonly List<int> _indexElements = [0]; // by snapshot number: the element of the index
    private readonly int[] _snapshotNumbers = new int[tree.Text.Count];
    private readonly SeqBody _body = new();

    /// <summary>Writes the snapshot.</summary>
    /// <param name="version">The frontier of the events.</param>
    /// <param name="events">In canonical order.</param>
    /// <param name="form">How sections are written.</param>
    public byte[] Write(SeqVersion version, List<Event> events, SnapshotForm form)
    {
        _snapshotNumbers.AsSpan(1).Fill(-1);
        for (int i = 0; i < events.Count; i++)
        {
            _positions.Add(events[i].Cid, i);
        }

        SnapshotEventWriter writer = new(_columns, events, _positions);
        SnapshotBodyWriter bodies = new(_columns, _numbers, _slots);
        for (int i = 0; i < events.Count; i++)
        {
            Event written = events[i];
            int flags = writer.WriteLinks(i);
            if (written.Type == SeqRules.TypeName)
            {
                flags |= WriteBody(i, written, bodies);
            }
            else
            {
                writer.WriteOther(written);
                flags |= SnapshotFlags.IsOther;
            }

            _numbers.EndEvent();
            _columns[SnapshotSection.Flags].Byte(flags);
            _columns[SnapshotSection.Signatures].Bytes(written.Signature.Span);
        }

        writer.WriteTables();
        WriteSiblings();
        WriteTexts(version);
        return SnapshotFrame.Write(_columns, events[0].Document, form);
    }

    private int WriteBody(int position, Event written, SnapshotBodyWriter bodies)
    {
        InvalidReason reason = _body.Read(written.Body.Span);
        Invariant.Check(reason == InvalidReason.None && _events.TryGet(written.Cid, out _), "an event that was not applied");
        _events.TryGet(written.Cid, out int number);
        List<int> dictionary = [position];
        if (!written.Previous.IsNone)
        {
            dictionary.Add(_positions[written.Previous]);
        }

        foreach (Cid link in written.Dependencies)
        {
            dictionary.Add(_positions[link]);
        }

        int direct = dictionary.Count;
        foreach (Cid link in _body.References)
        {
            dictionary.Add(_positions[link]);
        }

        bodies.Begin(_body, dictionary, direct);
        for (int i = 0; i < _body.Runs.Count; i++)
        {
            NumberRun(number, i, bodies);
        }

        return bodies.Finish();
    }

    /// <summary>Finds what of a run is new in canonical order, and numbers it.</summary>
    private void NumberRun(int number, int index, SnapshotBodyWriter bodies)
    {
        BodyRun run = _body.Runs[index];
        int end = index + 1 < _body.Runs.Count ? _body.Runs[index + 1].FirstOffset : _body.ElementCount;
        int at = run.FirstOffset;
        int anchor = bodies.AnchorOf(run);
        List<(int Start, int Count)> aliases = [];
        bool isLeft = run.Kind == 2;
        for (; at < end; at++)
        {
            // What is known of a run is a prefix of it: an element's anchor is introduced before it, or by the same event.
            int known = _snapshotNumbers[_events.Resolve(number, at)];
            if (known < 0)
            {
                break;
            }

            if (aliases.Count > 0 && aliases[^1].Start + aliases[^1].Count == known)
            {
                aliases[^1] = (aliases[^1].Start, aliases[^1].Count + 1);
            }
            else
            {
                aliases.Add((known, 1));
            }

            anchor = known;
            isLeft = false;
        }

        foreach ((int start, int count) in aliases)
        {
            _numbers.AddAlias(start, count);
        }

        if (at < end)
        {
            AddNew(number, at, end - at, new Slot(anchor, isLeft));
        }

        bodies.AddRun(end - run.FirstOffset, aliases);
    }

    private void AddNew(int number, int offset, int count, Slot slot)
    {
        int start = _numbers.AddNew(count);
        _slots.Add(new SnapshotChunk(start, count, slot));
        for (int i = 0; i < count; i++)
        {
            int element = _events.Resolve(number, offset + i);
            Invariant.Check(_snapshotNumbers[element] < 0, "a run is known beyond its prefix");
            _snapshotNumbers[element] = start + i;
            _indexElements.Add(element);
        }
    }

    private void WriteSiblings()
    {
        _slots.Collect();
        int[] places = new int[_tree.Text.Count];
        int place = 0;
        foreach ((int start, int end) in _past.Entries())
        {
            for (int element = start; element < end; element++)
            {
                places[element] = place++;
            }
        }

        foreach (SnapshotSlots.Group group in _slots.Groups)
        {
            if (group.Count < 2)
            {
                continue;
            }

            int[] children = [.. _slots.ChildrenOf(group)];
            int[] keys = Array.ConvertAll(children, child =>
                places[_indexElements[child == SnapshotSlots.Rest ? group.Anchor + 1 : _slots[child].Start]]);
            int[] order = [.. Enumerable.Range(0, children.Length)];
            Array.Sort(keys, order);
            foreach (int index in order)
            {
                _columns[SnapshotSection.Siblings].Number(index);
            }
        }
    }

    private void WriteTexts(SeqVersion version)
    {
        List<Cid> missing = [];
        BitTree? alive = _past.Alive(version, missing);
        Invariant.Check(alive is not null, "the version is here");
        _columns[SnapshotSection.Text].Bytes(System.Text.Encoding.UTF8.GetBytes(_past.View(version).Text));
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 1; i < _indexElements.Count; i++)
        {
            if (!alive!.Contains(_indexElements[i]))
            {
                int length = new System.Text.Rune(_tree.Text.ScalarAt(_indexElements[i])).EncodeToUtf8(utf8);
                _columns[SnapshotSection.Removed].Bytes(utf8[..length]);
            }
        }
    }
}
