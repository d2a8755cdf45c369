using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// The element tree and its order: placement, deduplication, removal. Knows nothing of events. Elements are numbered in the
/// order they were first seen here; number 0 is the origin. No result depends on these numbers.
/// </summary>
/// <remarks>Spec: hashseq, sections 4, 6 and 10.</remarks>
internal sealed class ElementTree
{
    private readonly RunTable _runs = new();
    private readonly ChildSets _sets = new();
    private readonly OrderWriter _writer;

    public ElementTree(Cid document)
    {
        Order = new OrderTree(Text);
        _writer = new OrderWriter(Order);
        Ids = new ElementIds(Text, _runs, document);
        Frontier = new Frontier(Ids);
        Removals = new ElementRemovals(Text, Order, _writer);
        Presence = new Presence(Text, Order, _writer, _runs, Frontier);
        Text.Append(0);
        _runs.Add(new Run { Start = 0, Length = 1, Anchor = 0, Extras = -1 });
        Order.InsertElements(new Place(0, 0), 0, Entry.Tombstone, 1);
    }

    public TextStore Text { get; } = new();

    public OrderTree Order { get; }

    public ElementIds Ids { get; }

    public Frontier Frontier { get; }

    public ElementRemovals Removals { get; }

    public Presence Presence { get; }

    /// <summary>Nodes touched and ids hashed: the cost tests count.</summary>
    public long Cost => Order.Visits + _sets.Visits + Ids.Hashed;

    /// <summary>Lists of extra dependencies.</summary>
    public RunTable Runs => _runs;

    public int RunCount => _runs.Count;

    /// <summary>The slot of a local insertion right of the visible element <paramref name="anchor"/> (the visible-neighbour rule is wrong: spec, section 5).</summary>
    public Slot SlotAfter(int anchor)
    {
        Slot right = new(anchor, IsLeft: false);
        if (!Presence.HasPresentRight(anchor, CloseOf(_runs.Of(anchor))))
        {
            return right;
        }

        Place place = Order.Find(anchor);
        int within = anchor - Order.StartOf(place) + 1;
        if (within < Entry.Length(Order.MetaOf(place)))
        {
            return new Slot(anchor + 1, IsLeft: true);
        }

        Place? next = Order.NextPresent(place);
        return next is null ? right : new Slot(Order.StartOf(next.Value), IsLeft: true);
    }

    /// <summary>
    /// Introduces elements: finds those that exist already (equal ids), places the rest.
    /// </summary>
    /// <param name="slot">Of the first scalar; each further one comes after the one before it.</param>
    /// <param name="extras">Of the first scalar: ascending, distinct, without the anchor.</param>
    /// <param name="scalars">Not empty.</param>
    /// <param name="sink">Gets the element numbers, as intervals in order; <c>isNew</c> for the last one only.</param>
    public void Introduce(Slot slot, ReadOnlySpan<int> extras, ReadOnlySpan<int> scalars, IIntroductionSink sink)
    {
        int next = Lookup(slot, extras, scalars[0], out Gap gap);
        while (next >= 0)
        {
            ref Run run = ref _runs[_runs.Of(next)];
            int common = Text.CommonPrefix(next, run.Last - next + 1, scalars);
            sink.Introduced(next, common, isNew: false);
            scalars = scalars[common..];
            if (scalars.IsEmpty)
            {
                return;
            }

            slot = new Slot(next + common - 1, IsLeft: false);
            extras = [];
            next = Lookup(slot, extras, scalars[0], out gap);
        }

        int start = Text.Count;
        Text.Append(scalars);
        PlaceAt(slot, extras, start, gap);
        sink.Introduced(start, scalars.Length, isNew: true);
    }

    /// <summary>Whether the slot holds elements (absent ones, when a local edit asks).</summary>
    public bool HasChildren(Slot slot) => slot.IsLeft
        ? _runs.Children(slot) != ChildSets.None
        : slot.Anchor < _runs[_runs.Of(slot.Anchor)].Last || _runs.Children(slot) != ChildSets.None;

    /// <summary>Introduces elements into an empty slot: local edits.</summary>
    /// <returns>The kept list of extra dependencies.</returns>
    public int IntroduceFresh(Slot slot, ReadOnlySpan<int> extras, int start)
    {
        PlaceAt(slot, extras, start, default);
        return extras.IsEmpty ? -1 : _runs[_runs.Of(start)].Extras;
    }

    /// <summary>Typing: one more scalar below U+10000 after the newest element, its successor in every sense.</summary>
    /// <param name="place">The entry that ends with the newest element.</param>
    /// <param name="run">Its run.</param>
    /// <param name="scalar">The scalar.</param>
    public void TypeOne(Place place, int run, int scalar)
    {
        int element = Text.Count;
        Text.Append(scalar);
        Removals.Introduced(element);
        _runs[run].Length++;
        Frontier.Advance(element - 1, element);
        Order.ExtendByOne(place);
    }

    /// <summary>The entry that holds the elements placed last; valid until the next change.</summary>
    public Place LastPlace => _writer.LastPlace;

    /// <summary>Where the elements placed last are in the visible text.</summary>
    public int LastOffset() => OffsetOf(_writer.LastPlace, _writer.LastStart);

    /// <summary>Visible units before an element of the entry, all of it visible.</summary>
    private int OffsetOf(Place place, int element)
    {
        int start = Order.StartOf(place);
        return Order.OffsetOf(place) + Text.Units(start, element - start);
    }

    /// <summary>An element that exists in the slot and would get the same id, or −1 and where a new one belongs.</summary>
    private int Lookup(Slot slot, ReadOnlySpan<int> extras, int scalar, out Gap gap)
    {
        gap = new Gap { Below = -1 };
        if (!slot.IsLeft)
        {
            ref Run run = ref _runs[_runs.Of(slot.Anchor)];
            if (slot.Anchor < run.Last)
            {
                if (extras.IsEmpty && Text.ScalarAt(slot.Anchor + 1) == scalar)
                {
                    return slot.Anchor + 1;
                }

                SplitRun(slot.Anchor);
            }
        }

        gap.Children = _runs.Children(slot);
        if (gap.Children > 0)
        {
            ref Run only = ref _runs[gap.Children];
            return Text.ScalarAt(only.Start) == scalar && _runs.Extras(only.Extras).SequenceEqual(extras) ? only.Start : -1;
        }

        if (gap.Children < 0)
        {
            gap.Id = Ids.Candidate(slot, extras, scalar);
            int equal = _sets.Find(gap.Children, gap.Id, out gap.Below);
            return equal < 0 ? -1 : _runs[equal].Start;
        }

        return -1;
    }

    /// <summary>Gives the slot after an inner element of a run an explicit child: the rest of the run.</summary>
    private void SplitRun(int anchor)
    {
        int head = _runs.Of(anchor);
        Run old = _runs[head];
        int tail = _runs.Add(new Run
        {
            Start = anchor + 1,
            Length = old.Last - anchor,
            Anchor = anchor,
            Extras = -1,
            Right = old.Right,
            HasClose = old.HasClose,
        });
        if (Presence.IsPresent(anchor + 1))
        {
            Frontier.CountName(anchor, 1); // what was implied is said
        }

        ref Run run = ref _runs[head];
        run.Length = anchor + 1 - old.Start;
        run.Right = tail;
        run.HasClose = true;
        if (_runs.Children(new Slot(anchor + 1, IsLeft: true)) != ChildSets.None)
        {
            // Inside a run the subtree of an element starts right after its predecessor; that of a run's head needs a mark.
            _writer.InsertMarkerAfter(anchor, OpenOf(tail), Entry.Open);
        }

        if (old.HasClose)
        {
            Order.RenameMarker(CloseOf(head), CloseOf(tail));
            _writer.InsertCloseAfterMarker(CloseOf(tail), CloseOf(head));
        }
        else
        {
            _writer.InsertMarkerAfter(old.Last, CloseOf(head), Entry.Close);
        }
    }

    /// <summary>Places elements that were just appended to the text and have no equal.</summary>
    private void PlaceAt(Slot slot, ReadOnlySpan<int> extras, int start, Gap gap)
    {
        int count = Text.Count - start;
        Removals.Introduced(start, count);
        int parent = _runs.Of(slot.Anchor);
        Frontier.Add(start + count - 1);
        if (!slot.IsLeft && gap.Children == ChildSets.None && extras.IsEmpty && slot.Anchor + 1 == start && parent != 0)
        {
            _runs[parent].Length += count; // simply goes on
            Frontier.Remove(slot.Anchor);
            _writer.InsertAfter(slot.Anchor, start, count);
            return;
        }

        Frontier.Name(slot.Anchor);
        foreach (int extra in extras)
        {
            Frontier.Name(extra);
        }

        int run = _runs.Add(new Run
        {
            Start = start,
            Length = count,
            Anchor = slot.Anchor,
            Extras = _runs.Keep(extras),
            IsLeft = slot.IsLeft,
        });
        if (gap.Children == ChildSets.None)
        {
            _runs.SetChildren(slot, run);
            PlaceFirst(slot, parent, start, count);
        }
        else
        {
            PlaceAmong(slot, run, gap);
        }
    }

    private void PlaceFirst(Slot slot, int parent, int start, int count)
    {
        if (slot.IsLeft && _runs[parent].Start == slot.Anchor)
        {
            _writer.InsertBefore(slot.Anchor, start, count, OpenOf(parent));
        }
        else if (slot.IsLeft)
        {
            _writer.InsertAfter(slot.Anchor - 1, start, count);
        }
        else
        {
            // From here on the parent's subtree does not end with its last element: mark the end. The origin's needs none.
            _writer.InsertAfter(slot.Anchor, start, count, parent == 0 ? -1 : CloseOf(parent));
            _runs[parent].HasClose = parent != 0;
        }
    }

    private void PlaceAmong(Slot slot, int run, Gap gap)
    {
        int start = _runs[run].Start;
        int count = _runs[run].Length;
        int below = gap.Below;
        if (gap.Children > 0)
        {
            // The second child: from here on the slot is sorted by id.
            int only = gap.Children;
            ElementId first = Ids.Of(_runs[only].Start);
            ElementId second = Ids.Of(start);
            below = first < second ? only : -1;
            _runs.SetChildren(slot, _sets.Begin((only, first), (run, second)));
        }
        else
        {
            Ids.Keep(start, gap.Id);
            _runs.SetChildren(slot, _sets.Add(gap.Children, run, gap.Id));
        }

        if (below >= 0)
        {
            ref Run sibling = ref _runs[below];
            if (sibling.HasClose)
            {
                _writer.InsertAfterMarker(CloseOf(below), start, count);
            }
            else
            {
                _writer.InsertAfter(sibling.Last, start, count);
            }
        }
        else if (!slot.IsLeft)
        {
            _writer.InsertAfter(slot.Anchor, start, count);
        }
        else if (_runs[_runs.Of(slot.Anchor)] is var parent && parent.Start == slot.Anchor)
        {
            _writer.InsertAfterMarker(OpenOf(_runs.Of(slot.Anchor)), start, count);
        }
        else
        {
            _writer.InsertAfter(slot.Anchor - 1, start, count);
        }
    }

    private static int OpenOf(int run) => run << 1;

    private static int CloseOf(int run) => (run << 1) | 1;

    private struct Gap
    {
        public int Children;
        public int Below;
        public ElementId Id;
    }
}
