using P2P.Core.Identity;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Presence;

/// <summary>
/// The others in one document. Keys cost an attacker nothing, so places are shared out by neighbour: whoever brought most of the crowd gives up its
/// oldest when somebody new comes another way. One owner.
/// </summary>
internal sealed class PresenceCrowd(PresenceOptions options)
{
    private readonly Dictionary<PeerId, Member> _members = [];
    private readonly Dictionary<PeerId, Source> _sources = [];
    private readonly BoundedMemo<PeerId, ulong> _gone = new(options.GoneMax);

    /// <summary>When somebody may have to leave; null when nobody is here.</summary>
    public TimeSpan? ExpiresAt { get; private set; }

    /// <summary>Everybody, by peer id.</summary>
    public IReadOnlyList<PresencePeer> List() => [.. _members.Values.Select(static m => m.Peer).OrderBy(static p => p.Peer)];

    /// <summary>Counts a message against the neighbour that brought it, before it is read.</summary>
    public PresenceRefusal CountSource(PeerId source, TimeSpan now)
    {
        if (!_sources.TryGetValue(source, out Source? known))
        {
            if (_sources.Count >= options.SourcesMax && !ForgetIdleSources(now))
            {
                return PresenceRefusal.TooManySources;
            }

            _sources.Add(source, known = new Source());
        }

        TimeSpan interval = TimeSpan.FromSeconds(1) / options.SourceRateMax;
        return known.Pace.TryTake(interval, options.SourceRateMax, now) ? PresenceRefusal.None : PresenceRefusal.SourceTooFast;
    }

    /// <summary>Takes what an author said.</summary>
    /// <param name="source">The neighbour that brought it; counted before.</param>
    /// <param name="peer">Author and message.</param>
    /// <param name="now">Time since the start.</param>
    /// <param name="shows">Whether it shows something else than before.</param>
    public PresenceRefusal Take(PeerId source, PresencePeer peer, TimeSpan now, out bool shows)
    {
        shows = false;
        bool isHere = _members.TryGetValue(peer.Peer, out Member? member);
        if (member is not null ? peer.Message.Number <= member.Peer.Message.Number : _gone.TryGet(peer.Peer, out ulong last) && peer.Message.Number <= last)
        {
            return PresenceRefusal.Stale; // before the pace: replayed messages must not use up what their author may say
        }

        if (member is null)
        {
            PresenceRefusal refusal = MakeRoom(source);
            if (refusal != PresenceRefusal.None)
            {
                return refusal;
            }

            _members.Add(peer.Peer, member = new Member(peer, source));
            _sources[source].Members++;
        }

        if (!member.Pace.TryTake(options.Pace, options.Burst, now))
        {
            return PresenceRefusal.TooFast;
        }

        shows = !isHere || !peer.Message.ShowsAs(member.Peer.Message);
        _sources[member.Source].Members--; // whoever brings the newest word answers for it
        _sources[source].Members++;
        (member.Peer, member.Source, member.Until) = (peer, source, now + options.Life);
        ExpiresAt ??= member.Until;
        return PresenceRefusal.None;
    }

    /// <summary>Lets those go who were silent for too long.</summary>
    /// <returns>Whether anybody went.</returns>
    public bool Expire(TimeSpan now)
    {
        if (ExpiresAt is not TimeSpan due || now < due)
        {
            return false;
        }

        PeerId[] silent = [.. _members.Where(m => m.Value.Until <= now).Select(static m => m.Key)];
        Array.ForEach(silent, Remove);
        ExpiresAt = _members.Count == 0 ? null : _members.Values.Min(static m => m.Until);
        return silent.Length > 0;
    }

    private PresenceRefusal MakeRoom(PeerId source)
    {
        int mine = _sources[source].Members;
        if (mine >= options.PeersPerSourceMax)
        {
            return PresenceRefusal.SourceTooMany;
        }

        if (_members.Count < options.PeersMax)
        {
            return PresenceRefusal.None;
        }

        int most = _sources.Values.Max(static s => s.Members);
        if (mine + 1 >= most)
        {
            return PresenceRefusal.TooMany;
        }

        Remove(_members.Where(m => _sources[m.Value.Source].Members == most).MinBy(static m => (m.Value.Until, m.Key)).Key);
        return PresenceRefusal.None;
    }

    private void Remove(PeerId peer)
    {
        _members.Remove(peer, out Member? member);
        _sources[member!.Source].Members--;
        _gone.Set(peer, member.Peer.Message.Number);
    }

    private bool ForgetIdleSources(TimeSpan now)
    {
        foreach ((PeerId peer, Source _) in _sources.Where(s => s.Value.Members == 0 && s.Value.Pace.IsIdle(now)).ToArray())
        {
            _sources.Remove(peer);
        }

        return _sources.Count < options.SourcesMax;
    }

    private sealed class Member(PresencePeer peer, PeerId source)
    {
        public PresencePace Pace;

        public PresencePeer Peer { get; set; } = peer;

        public PeerId Source { get; set; } = source;

        public TimeSpan Until { get; set; }
    }

    private sealed class Source
    {
        public PresencePace Pace;

        public int Members { get; set; }
    }
}
