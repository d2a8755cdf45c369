namespace P2P.Crdt.Clock;

/// <summary>
/// What the lowest proofs of all flagged authors stand on, as one past. Kept in a tree of unions, because a lower proof replaces a higher one: each proof
/// that is new or replaced costs a union per level when the whole is asked for next, and none when nothing has changed.
/// </summary>
/// <remarks>Strangers fork for nothing: a union over all proofs for each commit and each question of a peer is quadratic in what they pay.</remarks>
internal sealed class ProofPasts
{
    private readonly List<AuthorEntry> _authors = [];
    private readonly SortedSet<int> _changed = [];

    // The root is 1, the children of i are 2i and 2i + 1, the second half are the authors.
    private PastMap[] _tree = [PastMap.Empty, PastMap.Empty];

    /// <summary>Unions made so far; tests count the work by it.</summary>
    public long Unions { get; private set; }

    /// <summary>How often a proof was found.</summary>
    public long Version { get; private set; }

    /// <summary>The author has its first proof, or a lower one.</summary>
    public void Found(AuthorEntry author)
    {
        Version++;
        if (author.ProofPlace < 0)
        {
            author.ProofPlace = _authors.Count;
            _authors.Add(author);
            Grow();
        }

        _changed.Add(author.ProofPlace);
    }

    /// <summary>The pasts of those events of proofs that arrived before a number, these events included.</summary>
    /// <param name="durable">Never less than it was.</param>
    public PastMap At(long durable)
    {
        SortedSet<int> level = [];
        foreach (int place in _changed.ToArray())
        {
            (EventNode first, EventNode second) = _authors[place].Proof!.Value;
            PastMap past = first.Arrival < durable ? first.Inclusive : PastMap.Empty;
            past = second.Arrival < durable ? past.Union(second.Inclusive) : past;
            int at = (_tree.Length / 2) + place;
            if (!ReferenceEquals(_tree[at], past))
            {
                _tree[at] = past;
                level.Add(at / 2);
            }

            if (first.Arrival < durable && second.Arrival < durable)
            {
                _changed.Remove(place);
            }
        }

        while (level.Count > 0 && level.Max > 0)
        {
            SortedSet<int> above = [];
            foreach (int at in level)
            {
                _tree[at] = _tree[2 * at].Union(_tree[(2 * at) + 1]);
                Unions++;
                above.Add(at / 2);
            }

            level = above;
        }

        return _tree[1];
    }

    // The old tree becomes the left half: no union is made again.
    private void Grow()
    {
        int half = _tree.Length / 2;
        if (_authors.Count <= half)
        {
            return;
        }

        PastMap[] grown = new PastMap[_tree.Length * 2];
        Array.Fill(grown, PastMap.Empty);
        int first = 1;
        for (int i = 1; i < _tree.Length; i++)
        {
            first = i == 2 * first ? i : first;
            grown[i + first] = _tree[i];
        }

        grown[1] = _tree[1];
        _tree = grown;
    }
}
