using System.Net;
using System.Net.Sockets;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Limits;

namespace P2P.Transport.Discovery;

/// <summary>Multicast discovery without sockets or clock: schedule of queries, answers and announcements, and what to believe. One owner.</summary>
/// <remarks>
/// Spec: libp2p wire, section 13; RFC 6762. An answer is multicast, so one answer serves everybody who asked: questions that come while one is
/// planned, or within a second after one, plan at most one more. That is the rate limit, and nobody who asked goes without.
/// </remarks>
internal sealed class MdnsSession
{
    private const int LegacyBurst = 4;
    private static readonly TimeSpan s_legacyTtl = TimeSpan.FromSeconds(10); // RFC 6762, 6.7: a legacy resolver never learns that we left

    private readonly PeerId _peer;
    private readonly MdnsOptions _options;
    private readonly IChance _chance;
    private readonly string _label;
    private readonly byte[] _ownName;
    private readonly byte[] _query = MdnsWriter.Query();
    private readonly Dictionary<(int Id, AddressFamily Family), MdnsLinkState> _links = [];
    private readonly MdnsMessage _message = new();
    private readonly long[] _refusals = new long[Enum.GetValues<MdnsRefusal>().Length];
    private TokenBucket _legacy;
    private IReadOnlyList<Multiaddr> _addresses = [];
    private MdnsStatistics _statistics = new();

    public MdnsSession(PeerId peer, MdnsOptions options, IChance chance)
    {
        _peer = peer;
        _options = options;
        _chance = chance;
        _label = RandomLabel(chance);
        _ownName = [(byte)_label.Length, .. System.Text.Encoding.ASCII.GetBytes(_label), .. DnsName.Service];
        _legacy = new TokenBucket(LegacyBurst, options.AnswerInterval, TimeSpan.Zero);
        Candidates = new MdnsCandidates(options);
    }

    /// <summary>Who has been heard.</summary>
    public MdnsCandidates Candidates { get; }

    /// <summary>Our instance label.</summary>
    public string Label => _label;

    /// <summary>Counters up to now.</summary>
    public MdnsStatistics Statistics
    {
        get
        {
            Dictionary<MdnsRefusal, long> refusals = [];
            foreach (MdnsRefusal reason in Enum.GetValues<MdnsRefusal>())
            {
                if (_refusals[(int)reason] > 0)
                {
                    refusals.Add(reason, _refusals[(int)reason]);
                }
            }

            return _statistics with { Refusals = refusals };
        }
    }

    /// <summary>When <see cref="Tick"/> is needed next; null without links.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            TimeSpan? next = null;
            foreach (MdnsLinkState state in _links.Values)
            {
                next = Earlier(Earlier(next, state.NextQueryAt), Earlier(state.AnswerAt, state.ServicesAnswerAt));
            }

            return next;
        }
    }

    /// <summary>Counts something refused outside.</summary>
    public void Count(MdnsRefusal reason) => _refusals[(int)reason]++;

    /// <summary>Takes the present links and our present addresses; announces where something changed.</summary>
    public void Update(IReadOnlyList<MdnsLink> links, IReadOnlyList<Multiaddr> addresses, TimeSpan now)
    {
        _addresses = addresses;
        foreach ((int Id, AddressFamily Family) gone in _links.Keys.Except(links.Select(static l => l.Key)).ToList())
        {
            _links.Remove(gone);
        }

        foreach (MdnsLink link in links)
        {
            if (!_links.TryGetValue(link.Key, out MdnsLinkState? state))
            {
                state = new MdnsLinkState { Link = link, NextQueryAt = now };
                _links.Add(link.Key, state);
            }

            state.Link = link;
            List<Multiaddr> chosen = MdnsAddresses.ForLink(_addresses, link);
            if (!chosen.SequenceEqual(state.Addresses))
            {
                state.Addresses = chosen;
                state.AnnouncementsLeft = 2;
                state.AnswerAt = now; // a change is news: it does not wait for the answer interval
            }
        }
    }

    /// <summary>Does what is due.</summary>
    public void Tick(TimeSpan now, List<MdnsEffect> effects)
    {
        foreach (MdnsLinkState state in _links.Values)
        {
            if (state.NextQueryAt <= now)
            {
                state.NextQueryAt = now + PauseAfterQuery(state.QueriesSent++);
                _statistics = _statistics with { QueriesSent = _statistics.QueriesSent + 1 };
                effects.Add(new MdnsEffect(MdnsEffectKind.Multicast, state.Link.Key, _query));
            }

            if (state.AnswerAt <= now)
            {
                Answer(state, now, effects);
            }

            if (state.ServicesAnswerAt <= now)
            {
                (state.ServicesAnswerAt, state.LastServicesAnswerAt) = (null, now);
                _statistics = _statistics with { AnswersSent = _statistics.AnswersSent + 1 };
                effects.Add(new MdnsEffect(MdnsEffectKind.Multicast, state.Link.Key, MdnsWriter.ServicesAnswer(_options.RecordTtl)));
            }
        }
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="key">The link it came in on.</param>
    /// <param name="source">Who sent it, as far as UDP can be believed.</param>
    /// <param name="packet">All bytes.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="effects">What to do.</param>
    public void Receive((int Id, AddressFamily Family) key, IPEndPoint source, ReadOnlySpan<byte> packet, TimeSpan now, List<MdnsEffect> effects)
    {
        if (!_links.TryGetValue(key, out MdnsLinkState? state))
        {
            return; // the link has just gone
        }

        if (packet.Length > _options.ReceiveBytesMax)
        {
            Count(MdnsRefusal.TooLong);
            return;
        }

        if (!state.Link.IsOnLink(source.Address))
        {
            Count(MdnsRefusal.OffLink);
            return;
        }

        if (MdnsReader.TryRead(packet, _ownName, _options.AddressesPerPeerMax, _message) != MdnsStatus.Done)
        {
            Count(MdnsRefusal.Malformed);
            return;
        }

        _statistics = _statistics with { PacketsReceived = _statistics.PacketsReceived + 1 };
        if (_message.IsResponse)
        {
            TakeCandidates(state, source, now, effects);
        }
        else
        {
            TakeQuestions(state, source, now, effects);
        }
    }

    private static TimeSpan? Earlier(TimeSpan? x, TimeSpan? y) => x is null || (y is not null && y < x) ? y : x;

    private static string RandomLabel(IChance chance)
    {
        const string alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
        return string.Create(32, chance, static (label, source) =>
        {
            for (int i = 0; i < label.Length; i++)
            {
                label[i] = alphabet[source.Below(alphabet.Length)];
            }
        });
    }

    // 0, 1 and 3 s after the link came up, then regularly; the jitter keeps nodes that started together from asking together for ever.
    private TimeSpan PauseAfterQuery(int sentBefore) => sentBefore switch
    {
        0 => TimeSpan.FromSeconds(1),
        1 => TimeSpan.FromSeconds(2),
        _ => _chance.Between(_options.QueryInterval * 0.9, _options.QueryInterval),
    };

    private void TakeQuestions(MdnsLinkState state, IPEndPoint source, TimeSpan now, List<MdnsEffect> effects)
    {
        if (_message.AsksForServices)
        {
            state.ServicesAnswerAt ??= PlanAnswer(state.LastServicesAnswerAt, now);
        }

        if (!_message.AsksForPeers || state.Addresses.Count == 0)
        {
            return;
        }

        if (source.Port == _options.Port)
        {
            state.AnswerAt ??= PlanAnswer(state.LastAnswerAt, now);
            return;
        }

        // A legacy resolver listens on its own port only, and compares id and question.
        if (!_legacy.TryTake(now))
        {
            Count(MdnsRefusal.AnswerRate);
            return;
        }

        foreach (byte[] answer in MdnsWriter.Answers(Self(state, s_legacyTtl), _message.Id, _options.SendBytesMax))
        {
            _statistics = _statistics with { AnswersSent = _statistics.AnswersSent + 1 };
            effects.Add(new MdnsEffect(MdnsEffectKind.Unicast, state.Link.Key, answer, source));
        }
    }

    // 20 to 120 ms: several nodes answer the same question, and should not do it in the same instant (RFC 6762, section 6).
    private TimeSpan PlanAnswer(TimeSpan? lastAt, TimeSpan now)
    {
        TimeSpan planned = now + _chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(120));
        TimeSpan allowed = lastAt + _options.AnswerInterval ?? planned;
        return allowed > planned ? allowed : planned;
    }

    private void Answer(MdnsLinkState state, TimeSpan now, List<MdnsEffect> effects)
    {
        state.AnnouncementsLeft = Math.Max(0, state.AnnouncementsLeft - 1);
        state.AnswerAt = state.AnnouncementsLeft > 0 ? now + _options.AnswerInterval : null;
        state.LastAnswerAt = now;
        foreach (byte[] packet in MdnsWriter.Answers(Self(state, _options.RecordTtl), legacyId: null, _options.SendBytesMax))
        {
            _statistics = _statistics with { AnswersSent = _statistics.AnswersSent + 1 };
            effects.Add(new MdnsEffect(MdnsEffectKind.Multicast, state.Link.Key, packet));
        }
    }

    private MdnsSelf Self(MdnsLinkState state, TimeSpan ttl) => new(_peer, _label, state.Addresses, ttl);

    private void TakeCandidates(MdnsLinkState state, IPEndPoint source, TimeSpan now, List<MdnsEffect> effects)
    {
        foreach (MdnsCandidate candidate in _message.Candidates)
        {
            if (candidate.Peer == _peer)
            {
                _statistics = _statistics with { OwnAnswersHeard = _statistics.OwnAnswersHeard + 1 };
                continue;
            }

            _statistics = _statistics with { ForeignAnswersHeard = _statistics.ForeignAnswersHeard + 1 };
            List<Multiaddr> addresses = candidate.Addresses.FindAll(a => MdnsAddresses.IsBelievable(a, state.Link, source.Address));
            if (addresses.Count == 0)
            {
                Count(MdnsRefusal.NoUsableAddress);
                continue;
            }

            MdnsRefusal refusal = Candidates.Hear(candidate.Peer, addresses, now, out bool report);
            if (refusal != MdnsRefusal.None)
            {
                Count(refusal);
            }

            if (report)
            {
                effects.Add(new MdnsEffect(MdnsEffectKind.Found, state.Link.Key, default, Found: new DiscoveredPeer(candidate.Peer, addresses, state.Link.Name)));
            }
        }
    }
}
