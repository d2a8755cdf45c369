using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>
/// Which documents this node and its peers have named to each other: once per connection, in <c>Open</c>. The peer with the lower id names all it has;
/// the other what sessions could not yet ask for when it may have been named: what the store still kept to itself, what was just being opened or closed,
/// what is new. So of a document that both have, at least one side hears while it can answer. Thread-safe.
/// </summary>
/// <remarks>Spec: replica, section 12.3. What both have named is compared by digest from then on.</remarks>
/// <param name="peersMax">Peers with a book; one that has none compares nothing.</param>
/// <param name="connected">
/// Who is connected right now. Their events come later, and until then a peer may have named all it has: what becomes known meanwhile is this
/// side's to name.
/// </param>
internal sealed class DormantBooks(int peersMax, Func<IReadOnlyList<PeerId>> connected)
{
    private const int FailuresMax = 5;

    private readonly Lock _gate = new();
    private readonly List<Cid> _known = [];
    private readonly Dictionary<Cid, int> _numbers = [];
    private readonly Dictionary<PeerId, DormantPeer> _peers = [];

    /// <summary>From now on sessions can ask for these documents. Called after that has become so.</summary>
    /// <param name="documents">New ones, or such as could not be asked for meanwhile.</param>
    /// <param name="isAwaited">Somebody has just opened it and wants it now: it is named even to those who know that it is here.</param>
    public void Add(IEnumerable<Cid> documents, bool isAwaited)
    {
        lock (_gate)
        {
            foreach (PeerId peer in connected())
            {
                Book(peer, _known.Count);
            }

            foreach (Cid document in documents)
            {
                if (_numbers.TryAdd(document, _known.Count))
                {
                    _known.Add(document);
                    continue;
                }

                int number = _numbers[document];
                foreach (DormantPeer book in _peers.Values)
                {
                    if (isAwaited || !book.Shared.Contains(number))
                    {
                        book.NameLate(number);
                    }
                }
            }
        }
    }

    /// <summary>A peer connected.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="isLeading">Whether this side names what both have now.</param>
    public void Connected(PeerId peer, bool isLeading)
    {
        lock (_gate)
        {
            if (!Book(peer, isLeading ? 0 : _known.Count))
            {
                _peers.GetValueOrDefault(peer)?.Renew(isLeading);
            }
        }
    }

    /// <summary>It went: what was named is forgotten.</summary>
    public void Disconnected(PeerId peer)
    {
        lock (_gate)
        {
            _peers.Remove(peer);
        }
    }

    /// <summary>Forgets those who are gone, if nobody said so: a reader of peer events that falls behind loses some.</summary>
    /// <returns>Who is connected and has no book.</returns>
    public IReadOnlyList<PeerId> Strangers()
    {
        lock (_gate)
        {
            HashSet<PeerId> present = [.. connected()];
            foreach (PeerId gone in _peers.Keys.Where(p => !present.Contains(p)).ToArray())
            {
                _peers.Remove(gone);
            }

            return [.. present.Where(p => !_peers.ContainsKey(p)).Order()];
        }
    }

    /// <summary>Documents that were not named to the peer; from now on they were.</summary>
    public IReadOnlyList<Cid> TakeUnnamed(PeerId peer)
    {
        lock (_gate)
        {
            return _peers.TryGetValue(peer, out DormantPeer? book) ? [.. book.TakeDue(_known.Count).Select(n => _known[n])] : [];
        }
    }

    /// <summary>A session with the peer failed: what it was to name is named again, when it is time.</summary>
    public void NameAgain(PeerId peer)
    {
        lock (_gate)
        {
            _peers.GetValueOrDefault(peer)?.Fail();
        }
    }

    /// <summary>Peers to whom something is to be named yet, unless it failed too often.</summary>
    public IReadOnlyList<PeerId> Unfinished()
    {
        lock (_gate)
        {
            return [.. _peers.Where(p => p.Value.HasDue(_known.Count) && p.Value.Failures <= FailuresMax).Select(static p => p.Key).Order()];
        }
    }

    /// <summary>A session is over in which both sides have named these.</summary>
    public void Named(PeerId peer, IEnumerable<Cid> documents)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(peer, out DormantPeer? book))
            {
                book.Succeed();
                book.Shared.UnionWith(documents.Where(_numbers.ContainsKey).Select(d => _numbers[d]));
            }
        }
    }

    /// <summary>How many documents both sides have named.</summary>
    public int SharedCount(PeerId peer)
    {
        lock (_gate)
        {
            return _peers.GetValueOrDefault(peer)?.Shared.Count ?? 0;
        }
    }

    /// <summary>The documents both sides have named.</summary>
    public IReadOnlyList<Cid> Shared(PeerId peer)
    {
        lock (_gate)
        {
            return _peers.TryGetValue(peer, out DormantPeer? book) ? [.. book.Shared.Select(n => _known[n])] : [];
        }
    }

    private bool Book(PeerId peer, int first) => _peers.Count < peersMax && _peers.TryAdd(peer, new DormantPeer(first));
}
