using System.Text;

namespace P2P.Crdt.HashSeq;

/// <summary>Joins neighbouring differences into splices.</summary>
internal sealed class DiffWriter
{
    private readonly List<Splice> _splices = [];
    private readonly StringBuilder _inserted = new();
    private int _removed;
    private int _offset; // in the text as changed so far

    public void Keep(int units)
    {
        Cut();
        _offset += units;
    }

    public void Remove(int units) => _removed += units;

    public void Insert(string text) => _inserted.Append(text);

    public IReadOnlyList<Splice> Finish()
    {
        Cut();
        return _splices;
    }

    private void Cut()
    {
        if (_removed > 0 || _inserted.Length > 0)
        {
            _splices.Add(new Splice(_offset, _removed, _inserted.ToString()));
            _offset += _inserted.Length;
            _inserted.Clear();
            _removed = 0;
        }
    }
}
