namespace P2P.Crdt.HashSeq;

/// <summary>Collects the splices of one event; neighbouring removals are joined.</summary>
internal sealed class SpliceRecorder
{
    /// <summary>Longer texts are not joined: joining many would cost the square of their length.</summary>
    private const int JoinUnitsMax = 64;

    private readonly List<Splice> _splices = [];

    public IReadOnlyList<Splice> Splices => _splices;

    public void Clear() => _splices.Clear();

    public void Inserted(int offset, string text)
    {
        if (_splices.Count > 0 && _splices[^1] is { Removed: 0, Inserted.Length: <= JoinUnitsMax } last
            && last.Offset + last.Inserted.Length == offset)
        {
            _splices[^1] = last with { Inserted = last.Inserted + text };
        }
        else
        {
            _splices.Add(new Splice(offset, 0, text));
        }
    }

    public void Removed(int offset, int units)
    {
        if (_splices.Count > 0 && _splices[^1] is { Inserted.Length: 0 } last && last.Offset == offset)
        {
            _splices[^1] = last with { Removed = last.Removed + units };
        }
        else
        {
            _splices.Add(new Splice(offset, units, string.Empty));
        }
    }
}
