using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>When an address of a peer may be dialled again: 5 s after the first failure, doubling to 5 min. Pure and bounded; one owner.</summary>
/// <remarks>Keyed by peer and address: a wrong claim about one peer must not shut out another that really is at that address.</remarks>
/// <param name="options">Pauses and bound.</param>
internal sealed class DialBackoff(DialOptions options)
{
    private readonly Dictionary<(PeerId Peer, Multiaddr Address), (TimeSpan Until, int Failures, LinkedListNode<(PeerId Peer, Multiaddr Address)> Node)> _entries = [];
    private readonly LinkedList<(PeerId Peer, Multiaddr Address)> _byAge = [];

    public int Count => _entries.Count;

    /// <summary>How long to wait; zero when it may be dialled now.</summary>
    public TimeSpan WaitTime(PeerId peer, Multiaddr address, TimeSpan now) =>
        _entries.TryGetValue((peer, address), out (TimeSpan Until, int Failures, LinkedListNode<(PeerId Peer, Multiaddr Address)> Node) entry) && entry.Until > now
            ? entry.Until - now
            : TimeSpan.Zero;

    public void Failed(PeerId peer, Multiaddr address, TimeSpan now)
    {
        (PeerId Peer, Multiaddr Address) key = (peer, address);
        int failures = 1;
        if (_entries.TryGetValue(key, out (TimeSpan Until, int Failures, LinkedListNode<(PeerId Peer, Multiaddr Address)> Node) entry))
        {
            // An old grudge is not carried on: after twice the longest pause it starts again.
            failures = now - entry.Until > options.BackoffMax ? 1 : entry.Failures + 1;
            Forget(key);
        }
        else if (_entries.Count >= options.BackoffEntriesMax && _byAge.First is { } oldest)
        {
            Forget(oldest.Value);
        }

        _entries.Add(key, (now + Pause(failures), failures, _byAge.AddLast(key)));
    }

    public void Succeeded(PeerId peer, Multiaddr address) => Forget((peer, address));

    private TimeSpan Pause(int failures)
    {
        TimeSpan pause = options.BackoffMin;
        for (int i = 1; i < failures && pause < options.BackoffMax; i++)
        {
            pause *= 2;
        }

        return pause < options.BackoffMax ? pause : options.BackoffMax;
    }

    private void Forget((PeerId Peer, Multiaddr Address) key)
    {
        if (_entries.Remove(key, out (TimeSpan Until, int Failures, LinkedListNode<(PeerId Peer, Multiaddr Address)> Node) entry))
        {
            _byAge.Remove(entry.Node);
        }
    }
}
