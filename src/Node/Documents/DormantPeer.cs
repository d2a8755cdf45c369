namespace P2P.Node.Documents;

/// <summary>
/// What this node and one connected peer have told each other of their documents, as their numbers in <see cref="DormantBooks"/>. Touched under its
/// gate only.
/// </summary>
/// <param name="first">Documents before this one are named by the peer.</param>
internal sealed class DormantPeer(int first)
{
    // The peer may have named these in vain: they are below the first, and there was nobody to answer for them then.
    private readonly SortedSet<int> _late = [];
    private readonly SortedSet<int> _lateDue = [];
    private int _first = first;
    private int _told = first;

    /// <summary>Sessions with the peer that failed one after the other: after a few, the rest waits for the digest.</summary>
    public int Failures { get; private set; }

    /// <summary>Documents both sides have named.</summary>
    public SortedSet<int> Shared { get; } = [];

    /// <summary>Whether something is to be named.</summary>
    /// <param name="known">How many documents there are.</param>
    public bool HasDue(int known) => _told < known || _lateDue.Count > 0;

    /// <summary>What is to be named; from now on it was.</summary>
    public IReadOnlyList<int> TakeDue(int known)
    {
        int[] due = [.. _lateDue, .. Enumerable.Range(_told, known - _told)];
        _lateDue.Clear();
        _told = known;
        return due;
    }

    /// <summary>A document has become one that sessions can ask for: it may have been named, by either side, in vain.</summary>
    public void NameLate(int number)
    {
        if (number < _told)
        {
            _late.Add(number);
            _lateDue.Add(number);
        }
    }

    /// <summary>A session failed: all that is this side's to name is named again.</summary>
    public void Fail()
    {
        Failures++;
        NameAgain();
    }

    /// <summary>A session ended well.</summary>
    public void Succeed() => Failures = 0;

    /// <summary>It is connected anew, and may remember nothing.</summary>
    /// <param name="isLeading">Whether this side names all it has.</param>
    public void Renew(bool isLeading)
    {
        Failures = 0;
        Shared.Clear();
        _first = isLeading ? 0 : _first;
        NameAgain();
    }

    private void NameAgain()
    {
        _told = _first;
        _lateDue.UnionWith(_late.Where(n => n < _first));
    }
}
