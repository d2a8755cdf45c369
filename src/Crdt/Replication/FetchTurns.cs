using P2P.Core.Identity;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Links that are due, in turns: peer after peer, and for each peer author after author. Ten thousand links to nothing in one lane cost the others
/// one turn each, not ten thousand.
/// </summary>
internal sealed class FetchTurns
{
    private readonly Dictionary<PeerId, Authors> _peers = [];
    private readonly Queue<PeerId> _turns = [];

    public int Count { get; private set; }

    public void Enqueue(FetchLane lane, MissingLink link)
    {
        if (!_peers.TryGetValue(lane.Peer, out Authors? authors))
        {
            _peers.Add(lane.Peer, authors = new Authors());
            _turns.Enqueue(lane.Peer);
        }

        authors.Enqueue(lane.Author, (link, link.DueAt));
        Count++;
    }

    /// <summary>Whose turn it is.</summary>
    /// <param name="dueAt">When it was due as it was queued: if it no longer is due then, it was dealt with since.</param>
    public MissingLink? Dequeue(out TimeSpan dueAt)
    {
        dueAt = default;
        if (!_turns.TryDequeue(out PeerId peer))
        {
            return null;
        }

        Count--;
        Authors authors = _peers[peer];
        (MissingLink link, dueAt) = authors.Dequeue();
        if (authors.IsEmpty)
        {
            _peers.Remove(peer);
        }
        else
        {
            _turns.Enqueue(peer);
        }

        return link;
    }

    public void Clear()
    {
        _peers.Clear();
        _turns.Clear();
        Count = 0;
    }

    private sealed class Authors
    {
        private readonly Dictionary<EventDigest, Queue<(MissingLink Link, TimeSpan DueAt)>> _lanes = [];
        private readonly Queue<EventDigest> _turns = [];

        public bool IsEmpty => _turns.Count == 0;

        public void Enqueue(EventDigest author, (MissingLink Link, TimeSpan DueAt) item)
        {
            if (!_lanes.TryGetValue(author, out Queue<(MissingLink Link, TimeSpan DueAt)>? lane))
            {
                _lanes.Add(author, lane = []);
                _turns.Enqueue(author);
            }

            lane.Enqueue(item);
        }

        public (MissingLink Link, TimeSpan DueAt) Dequeue()
        {
            EventDigest author = _turns.Dequeue();
            Queue<(MissingLink Link, TimeSpan DueAt)> lane = _lanes[author];
            (MissingLink Link, TimeSpan DueAt) first = lane.Dequeue();
            if (lane.Count == 0)
            {
                _lanes.Remove(author);
            }
            else
            {
                _turns.Enqueue(author);
            }

            return first;
        }
    }
}
