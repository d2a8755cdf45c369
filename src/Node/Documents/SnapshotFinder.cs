using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Node.Documents;

/// <summary>Walks back from announced heads, one round of fetches a level, to the newest snapshot of a trusted author. One owner.</summary>
/// <param name="document">The document.</param>
/// <param name="options">Whose snapshots, and how far to walk.</param>
internal sealed class SnapshotFinder(Cid document, BootstrapOptions options)
{
    private const int RoundMax = 64;

    private readonly HashSet<Cid> _asked = [];
    private readonly Queue<Cid> _wanted = [];
    private Event? _found;

    /// <summary>The newest snapshot so far; none before one was met.</summary>
    public Cid Found => _found?.Cid ?? default;

    /// <summary>Whether there is nothing more to look at: all was seen, or as much as is allowed.</summary>
    public bool IsEnded => _found is not null || _asked.Count >= options.SearchMax;

    /// <summary>Adds places to start from.</summary>
    public void Start(IEnumerable<Cid> heads)
    {
        foreach (Cid head in heads)
        {
            Want(head);
        }
    }

    /// <summary>The next round.</summary>
    public IReadOnlyList<Cid> Take()
    {
        List<Cid> round = [];
        while (round.Count < RoundMax && _wanted.TryDequeue(out Cid next))
        {
            round.Add(next);
        }

        return round;
    }

    /// <summary>Looks at a fetched block; whoever signed wrong is found out when the snapshot is taken in.</summary>
    public void Look(ReadOnlyMemory<byte> block)
    {
        if (!EventCodec.TryDecode(block, document, out Event? read, out _))
        {
            return;
        }

        if (read!.Type == FederationTypes.Snapshot && options.Trusted.Contains(new TextAuthor(read.Author)) && read.Height > (_found?.Height ?? 0))
        {
            _found = read;
        }

        foreach (Cid link in read.Previous.IsNone ? read.Dependencies : read.Dependencies.Append(read.Previous))
        {
            Want(link);
        }
    }

    private void Want(Cid cid)
    {
        if (_asked.Count < options.SearchMax && _asked.Add(cid))
        {
            _wanted.Enqueue(cid);
        }
    }
}
