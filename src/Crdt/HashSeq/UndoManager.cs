namespace P2P.Crdt.HashSeq;

/// <summary>
/// Edits made through it can be undone and redone: by new operations, so every replica sees them like any other edit. What
/// others did in between stays. An insertion that somebody else introduced as well is theirs too, and is not taken away.
/// Same owner as the sequence.
/// </summary>
/// <remarks>Spec: hashseq, sections 6.4 and 12.</remarks>
/// <param name="sequence">The text.</param>
/// <param name="grouping">Edits that follow one another faster than this are undone together.</param>
/// <param name="groupsMax">Groups kept; the oldest is forgotten first.</param>
public sealed class UndoManager(Sequence sequence, TimeSpan grouping, int groupsMax = 1_000)
{
    private readonly Sequence _sequence = sequence;
    private readonly TimeSpan _grouping = grouping;
    private readonly int _groupsMax = groupsMax;
    private readonly LinkedList<List<UndoStep>> _undo = [];
    private readonly Stack<List<UndoStep>> _redo = new();
    private readonly Replacements _replacements = new();
    private readonly List<Splice> _splices = [];
    private TimeSpan? _lastEdit;

    /// <summary>Whether there is something to undo.</summary>
    public bool CanUndo => _undo.Count > 0;

    /// <summary>Whether there is something to redo.</summary>
    public bool CanRedo => _redo.Count > 0;

    /// <summary>As <see cref="Sequence.Insert(int, ReadOnlySpan{char})"/>.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="now">Monotonic time, for grouping.</param>
    public void Insert(int offset, string text, TimeSpan now)
    {
        UndoStep? step = InsertStep(offset, text);
        Record(step is null ? [] : [step], now);
    }

    /// <summary>As <see cref="Sequence.Delete"/>.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="length">UTF-16 units.</param>
    /// <param name="now">Monotonic time, for grouping.</param>
    public void Delete(int offset, int length, TimeSpan now)
    {
        UndoStep? step = DeleteStep(offset, length);
        Record(step is null ? [] : [step], now);
    }

    /// <summary>What the last <see cref="Undo"/> or <see cref="Redo"/> did to the visible text, in order.</summary>
    public IReadOnlyList<Splice> Splices => _splices;

    /// <summary>Takes the last group of edits back.</summary>
    /// <returns>False when there was none.</returns>
    public bool Undo()
    {
        _splices.Clear();
        if (_undo.Last is not { } last)
        {
            return false;
        }

        _undo.RemoveLast();
        _redo.Push(Invert(last.Value));
        _lastEdit = null;
        return true;
    }

    /// <summary>Makes the group undone last again.</summary>
    /// <returns>False when there was none, or something was edited since.</returns>
    public bool Redo()
    {
        _splices.Clear();
        if (!_redo.TryPop(out List<UndoStep>? undone))
        {
            return false;
        }

        _undo.AddLast(Invert(undone));
        _lastEdit = null;
        return true;
    }

    private void Record(List<UndoStep> steps, TimeSpan now)
    {
        if (steps.Count == 0)
        {
            return;
        }

        _redo.Clear();
        if (_undo.Last is { } last && _lastEdit is { } before && now - before < _grouping)
        {
            last.Value.AddRange(steps);
        }
        else
        {
            _undo.AddLast(steps);
            if (_undo.Count > _groupsMax)
            {
                _undo.RemoveFirst();
            }
        }

        _lastEdit = now;
    }

    private List<UndoStep> Invert(List<UndoStep> steps)
    {
        List<UndoStep> inverse = [];
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            if (steps[i].IsInsertion)
            {
                TakeAway(steps[i], inverse);
            }
            else
            {
                PutBack(steps[i], inverse);
            }
        }

        return inverse;
    }

    /// <summary>Inserts every piece again right where it was: what lay between the pieces may come back too.</summary>
    private void PutBack(UndoStep removal, List<UndoStep> inverse)
    {
        foreach ((int start, int count) in removal.Elements)
        {
            string text = _sequence.TextOf(start, count);
            int offset = _sequence.InsertAfterElement(start + count - 1, text);
            _splices.Add(new Splice(offset, 0, text));
            UndoStep step = new(true, _sequence.ElementsOf(offset, text.Length));
            _replacements.Add([(start, count)], step.Elements);
            inverse.Add(step);
        }
    }

    /// <summary>Removes what is left of an insertion, piece by piece: others may have typed in between.</summary>
    private void TakeAway(UndoStep insertion, List<UndoStep> inverse)
    {
        foreach ((int start, int count) in _replacements.Present(insertion.Elements))
        {
            for (int at = start; at < start + count;)
            {
                (int offset, int units, int next) = _sequence.OwnVisiblePart(at, start + count);
                if (units > 0 && DeleteStep(offset, units) is { } step)
                {
                    inverse.Add(step);
                    _splices.Add(new Splice(offset, units, string.Empty));
                }

                at = next;
            }
        }
    }

    private UndoStep? InsertStep(int offset, string text)
    {
        _sequence.Insert(offset, text);
        return text.Length == 0 ? null : new UndoStep(true, _sequence.ElementsOf(offset, text.Length));
    }

    private UndoStep? DeleteStep(int offset, int length)
    {
        if (length == 0)
        {
            return null;
        }

        List<(int Start, int Count)> elements = _sequence.ElementsOf(offset, length);
        _sequence.Delete(offset, length);
        return new UndoStep(false, elements);
    }
}
