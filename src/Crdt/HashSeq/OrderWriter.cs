namespace P2P.Crdt.HashSeq;

/// <summary>The compound changes of the order index: new elements at a neighbour or marker, and changes of kind.</summary>
internal sealed class OrderWriter(OrderTree order)
{
    /// <summary>Cut, new entry, marker: the most that one change adds to a leaf.</summary>
    private const int SlotsMax = 3;

    private readonly OrderTree _order = order;

    /// <summary>Where the elements inserted last are, and how many visible units of that entry come before them.</summary>
    public Place LastPlace { get; private set; }

    /// <summary>The first element inserted last.</summary>
    public int LastStart { get; private set; }

    /// <summary>Inserts new visible elements directly after an element, then a marker unless it is negative.</summary>
    public void InsertAfter(int element, int start, int count, int closeMarker = -1)
    {
        Place place = CutAfter(element);
        bool goesOn = element + 1 == start && Entry.Kind(_order.MetaOf(place)) == Entry.Visible
            && Entry.Length(_order.MetaOf(place)) + count <= Entry.LengthMax;
        Place at = goesOn ? place : new Place(place.Leaf, place.Index + 1);
        if (goesOn)
        {
            _order.Extend(place, start, count);
        }
        else
        {
            _order.InsertElements(at, start, Entry.Visible, count);
        }

        Remember(at, start);
        if (closeMarker >= 0)
        {
            _order.InsertMarker(new Place(at.Leaf, at.Index + 1), closeMarker, Entry.Close);
        }
    }

    /// <summary>Inserts a marker and new visible elements directly before an element.</summary>
    public void InsertBefore(int element, int start, int count, int openMarker)
    {
        Place place = _order.Reserve(_order.Find(element), SlotsMax);
        int within = element - _order.StartOf(place);
        if (within > 0)
        {
            _order.Cut(place, within);
            place = new Place(place.Leaf, place.Index + 1);
        }

        _order.InsertMarker(place, openMarker, Entry.Open);
        Place at = new(place.Leaf, place.Index + 1);
        _order.InsertElements(at, start, Entry.Visible, count);
        Remember(at, start);
    }

    public void InsertAfterMarker(int marker, int start, int count)
    {
        Place place = _order.Reserve(_order.FindMarker(marker), SlotsMax);
        Place at = new(place.Leaf, place.Index + 1);
        _order.InsertElements(at, start, Entry.Visible, count);
        Remember(at, start);
    }

    public void InsertMarkerAfter(int element, int marker, int kind)
    {
        Place place = CutAfter(element);
        _order.InsertMarker(new Place(place.Leaf, place.Index + 1), marker, kind);
    }

    public void InsertCloseAfterMarker(int existing, int marker)
    {
        Place place = _order.Reserve(_order.FindMarker(existing), SlotsMax);
        _order.InsertMarker(new Place(place.Leaf, place.Index + 1), marker, Entry.Close);
    }

    /// <summary>Makes elements [from, from + count) of a visible entry tombstones.</summary>
    public void Remove(Place place, int from, int count)
    {
        int length = Entry.Length(_order.MetaOf(place));
        if ((from + count == length && _order.TryShiftRight(place, count)) || (from == 0 && _order.TryShiftLeft(place, count)))
        {
            return;
        }

        Mark(place, from, count, Entry.Tombstone);
    }

    /// <summary>Gives elements [from, from + count) of an entry another kind.</summary>
    public void Mark(Place place, int from, int count, int kind)
    {
        place = _order.Reserve(place, SlotsMax);
        if (from + count < Entry.Length(_order.MetaOf(place)))
        {
            _order.Cut(place, from + count);
        }

        if (from > 0)
        {
            _order.Cut(place, from);
            place = new Place(place.Leaf, place.Index + 1);
        }

        _order.SetKind(place, kind);
    }

    private Place CutAfter(int element)
    {
        Place place = _order.Reserve(_order.Find(element), SlotsMax);
        int within = element - _order.StartOf(place) + 1;
        if (within < Entry.Length(_order.MetaOf(place)))
        {
            _order.Cut(place, within);
        }

        return place;
    }

    private void Remember(Place at, int start)
    {
        LastPlace = at;
        LastStart = start;
    }
}
