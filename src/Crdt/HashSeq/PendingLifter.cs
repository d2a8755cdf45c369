namespace P2P.Crdt.HashSeq;

/// <summary>
/// Pending edits may rest on an event that is about to be retracted, and an event made of them would then cite what is not
/// visible. So they are lifted out before, and made again after, at the same places of what is left.
/// </summary>
internal sealed class PendingLifter(ElementTree tree, EventTable events)
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;

    /// <summary>Takes the edits out. What they inserted stays behind as absent elements of an event that never will be.</summary>
    public LiftedEdits Lift(PendingEdits pending, SpliceRecorder splices)
    {
        List<(int Offset, int Element, string Text)> texts = [];
        foreach (PendingRun run in pending.Runs)
        {
            Collect(run, texts);
        }

        texts.Sort();
        if (pending.Event >= 0)
        {
            _events.SetVisible(pending.Event, visible: false);
        }

        foreach (Segment segment in pending.Segments.Segments)
        {
            for (int at = segment.Element, end = at + segment.Count; at < end;)
            {
                bool introduced = _events.IsIntroduced(at, out int next);
                next = Math.Min(next, end);
                if (!introduced)
                {
                    _tree.Presence.MakeAbsent(at, next - at, splices);
                }

                at = next;
            }
        }

        foreach ((int start, int count) in pending.Removals)
        {
            _tree.Removals.Restore(start, count, splices);
        }

        _tree.Presence.Settle();
        LiftedEdits lifted = new([.. texts.Select(static t => (t.Element, t.Text))], [.. pending.Removals], pending.Salt);
        pending.Clear();
        return lifted;
    }

    /// <summary>The visible offset where an element is, or would be.</summary>
    public int OffsetOf(int element)
    {
        Place place = _tree.Order.Find(element);
        int start = _tree.Order.StartOf(place);
        bool visible = Entry.Kind(_tree.Order.MetaOf(place)) == Entry.Visible;
        return _tree.Order.OffsetOf(place) + (visible ? _tree.Text.Units(start, element - start) : 0);
    }

    private void Collect(PendingRun run, List<(int Offset, int Element, string Text)> texts)
    {
        for (int at = run.Start, end = at + run.Count; at < end;)
        {
            Place place = _tree.Order.Find(at);
            int start = _tree.Order.StartOf(place);
            int meta = _tree.Order.MetaOf(place);
            int take = Math.Min(end, start + Entry.Length(meta)) - at;
            if (Entry.Kind(meta) == Entry.Visible)
            {
                texts.Add((OffsetOf(at), at, _tree.Text.Copy(at, take)));
            }

            at += take;
        }
    }
}
