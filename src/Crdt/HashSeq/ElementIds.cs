using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Ids on demand. Sequential editing demands none. What is demanded is found from the nearest kept id below it in its run:
/// one is kept per 32 elements passed, and those asked for. Iterative: a peer can make the chain as deep as it likes.
/// </summary>
/// <remarks>Spec: hashseq, sections 3 and 10.</remarks>
internal sealed class ElementIds
{
    /// <summary>A peer that forks a long run at places far apart pays once for each, we hash half as many each time: ADR 45.</summary>
    private const int KeepEvery = 32;

    private readonly TextStore _text;
    private readonly RunTable _runs;
    private readonly ElementMap _kept = new(); // element -> index in _ids
    private readonly Dictionary<ElementId, int> _saltNumbers = []; // ids are four words: the default comparer is enough, few salts exist
    private readonly List<ElementId> _salts = [];
    private readonly List<ElementId> _ids = [];
    private readonly Stack<int> _wanted = new();
    private readonly List<ElementId> _extras = [];

    public ElementIds(TextStore text, RunTable runs, Cid document)
    {
        _text = text;
        _runs = runs;
        Keep(0, IdHash.Origin(document));
    }

    /// <summary>Element ids hashed so far: what "lazy" is measured by.</summary>
    public long Hashed { get; private set; }

    /// <summary>Ids kept.</summary>
    public int Kept => _ids.Count;

    /// <summary>The number that stands for a salt in lists of extra dependencies: negative, equal for equal salts.</summary>
    public int SaltNumber(ElementId salt)
    {
        if (!_saltNumbers.TryGetValue(salt, out int number))
        {
            _salts.Add(salt);
            number = -_salts.Count;
            _saltNumbers.Add(salt, number);
        }

        return number;
    }

    public ElementId Of(int element)
    {
        if (_kept.Get(element, -1) is int index && index >= 0)
        {
            return _ids[index];
        }

        _wanted.Push(element);
        while (_wanted.TryPeek(out int wanted))
        {
            ref Run run = ref _runs[_runs.Of(wanted)];
            int from = _kept.Floor(wanted, out int kept);
            if (from >= run.Start)
            {
                Chain(from, _ids[kept], wanted);
                _wanted.Pop();
            }
            else if (!DemandBelow(run))
            {
                Keep(run.Start, Head(run));
            }
        }

        return _ids[_kept.Get(element, 0)];
    }

    /// <summary>The id a first element would have.</summary>
    public ElementId Candidate(Slot slot, ReadOnlySpan<int> extras, int scalar)
    {
        foreach (int extra in extras)
        {
            if (extra > 0)
            {
                Of(extra);
            }
        }

        return Compute(slot, extras, scalar, Of(slot.Anchor));
    }

    /// <summary>Keeps the id of a first element that was computed as a candidate.</summary>
    public void Keep(int element, ElementId id)
    {
        if (_kept.Get(element, -1) < 0)
        {
            _kept.Set(element, _ids.Count);
            _ids.Add(id);
        }
    }

    private static OpKind KindOf(Slot slot) =>
        slot.IsLeft ? OpKind.InsertBefore : slot.Anchor == 0 ? OpKind.InsertRoot : OpKind.InsertAfter;

    private void Chain(int from, ElementId id, int to)
    {
        for (int element = from + 1; element <= to; element++)
        {
            Hashed++;
            id = IdHash.Element(OpKind.InsertAfter, _text.ScalarAt(element), id);
            if (element == to || element % KeepEvery == 0)
            {
                Keep(element, id);
            }
        }
    }

    /// <summary>Puts what the head's id is made of on the stack; false when all of it is known.</summary>
    private bool DemandBelow(in Run run)
    {
        int before = _wanted.Count;
        if (_kept.Get(run.Anchor, -1) < 0)
        {
            _wanted.Push(run.Anchor);
        }

        foreach (int extra in _runs.Extras(run.Extras))
        {
            if (extra > 0 && _kept.Get(extra, -1) < 0)
            {
                _wanted.Push(extra);
            }
        }

        return _wanted.Count > before;
    }

    private ElementId Head(in Run run) => Compute(
        new Slot(run.Anchor, run.IsLeft), _runs.Extras(run.Extras), _text.ScalarAt(run.Start), _ids[_kept.Get(run.Anchor, 0)]);

    private ElementId Compute(Slot slot, ReadOnlySpan<int> extras, int scalar, ElementId anchor)
    {
        Hashed++;
        if (extras.IsEmpty)
        {
            return IdHash.Element(KindOf(slot), scalar, anchor);
        }

        _extras.Clear();
        foreach (int extra in extras)
        {
            _extras.Add(extra < 0 ? _salts[-extra - 1] : _ids[_kept.Get(extra, 0)]);
        }

        _extras.Sort();
        return IdHash.Element(KindOf(slot), scalar, anchor, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_extras));
    }
}
