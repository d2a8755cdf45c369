using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>Who has been heard and when it was last reported. Pure and bounded.</summary>
/// <remarks>Spec: limits, mDNS row and T18: 1,000 forged answers a second make at most 64 candidates a minute.</remarks>
/// <param name="options">Limits.</param>
internal sealed class MdnsCandidates(MdnsOptions options)
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    // A changed set of addresses is reported soon, not at once: a forger could otherwise alternate two sets at packet rate.
    private static readonly TimeSpan s_changeInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PeerId, Known> _known = [];
    private readonly LinkedList<PeerId> _byAge = [];
    private TimeSpan _windowEndsAt;
    private int _newInWindow;

    public int Count => _known.Count;

    /// <summary>Whether this should be reported now.</summary>
    /// <returns><see cref="MdnsRefusal.None"/> and <paramref name="report"/>, or why a new peer was not followed up.</returns>
    public MdnsRefusal Hear(PeerId peer, IReadOnlyList<Multiaddr> addresses, TimeSpan now, out bool report)
    {
        report = false;
        if (_known.TryGetValue(peer, out Known? known))
        {
            bool isNew = addresses.Any(a => !known.Addresses.Contains(a));
            TimeSpan pause = isNew ? s_changeInterval : options.ReportInterval;
            if (now - known.ReportedAt >= pause)
            {
                report = true;
                known.Addresses = isNew && now - known.ReportedAt < options.ReportInterval
                    ? [.. known.Addresses.Union(addresses).Take(options.AddressesPerPeerMax)]
                    : addresses;
                known.ReportedAt = now;
                Touch(known);
            }

            return MdnsRefusal.None;
        }

        if (!TryTakeNew(now))
        {
            return MdnsRefusal.CandidateRate;
        }

        if (_known.Count >= options.CandidatesMax && _byAge.First is { } oldest)
        {
            _known.Remove(oldest.Value);
            _byAge.RemoveFirst();
        }

        _known.Add(peer, new Known(_byAge.AddLast(peer), addresses, now));
        report = true;
        return MdnsRefusal.None;
    }

    private bool TryTakeNew(TimeSpan now)
    {
        if (now >= _windowEndsAt)
        {
            _windowEndsAt = now + s_window;
            _newInWindow = 0;
        }

        return _newInWindow++ < options.CandidatesPerMinute;
    }

    private void Touch(Known known)
    {
        _byAge.Remove(known.Node);
        _byAge.AddLast(known.Node);
    }

    private sealed class Known(LinkedListNode<PeerId> node, IReadOnlyList<Multiaddr> addresses, TimeSpan reportedAt)
    {
        public LinkedListNode<PeerId> Node { get; } = node;

        public IReadOnlyList<Multiaddr> Addresses { get; set; } = addresses;

        public TimeSpan ReportedAt { get; set; } = reportedAt;
    }
}
