using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Lookup;

/// <summary>
/// One iterative lookup. Pure: inputs and time in, peers to ask out. Seeds are dealt to up to four paths; a peer is asked once, and what it says
/// is heard by the path that asked only, so a liar misleads one path. Silent peers get stand-ins after the hedge delay and are given up after
/// the request timeout. One owner.
/// </summary>
/// <remarks>
/// Spec: libp2p-wire §14, limits §2 and T9, T11. go ends a search when the β nearest have answered; here that only ends a path, and the k nearest of
/// all paths must have answered as the libp2p text says: three forged ids must not decide that nothing exists, nor which value is the best.
/// </remarks>
internal sealed class KadLookup
{
    /// <summary>Closer peers taken from one answer, the nearest ones.</summary>
    public const int CloserTaken = 20;

    /// <summary>Peers remembered; the farthest unasked ones are forgotten.</summary>
    public const int CandidatesMax = 512;

    /// <summary>Requests of one lookup: liars could lead it on for ever.</summary>
    public const int RequestsMax = 256;

    /// <summary>Peers asked because they are in the region, at most.</summary>
    public const int RegionMax = 128;

    private readonly LookupPlan _plan;
    private readonly List<Candidate> _sorted = [];
    private readonly Dictionary<PeerId, Candidate> _known = [];
    private readonly int _k;

    // By state, and of the waiting ones by path: counted on every change, since every answer asks for them several times.
    private readonly int[] _counts = new int[(int)CandidateState.Failed + 1];
    private readonly int[] _waiting;
    private TimeSpan _startedAt;
    private bool _started;
    private bool _found;
    private int _paths = 1;
    private int _asked;

    public KadLookup(LookupPlan plan)
    {
        _plan = plan;
        _k = plan.Options.K;
        _waiting = new int[plan.Options.DisjointPaths];
    }

    /// <summary>Not none once it has ended; every further input is ignored.</summary>
    public LookupEnd End { get; private set; }

    /// <summary>Everybody it has heard of, nearest first.</summary>
    public IReadOnlyList<Candidate> Candidates => _sorted;

    /// <summary>Peers asked so far.</summary>
    public int Asked => _asked;

    public int Answered { get; private set; }

    /// <summary>Closer peers refused: ourselves, the teller itself, or more than one may tell.</summary>
    public int RefusedPeers { get; private set; }

    /// <summary>Applies one input; appends the peers to ask now to <paramref name="ask"/>.</summary>
    public void Step(in LookupInput input, TimeSpan now, List<PeerId> ask)
    {
        if (End != LookupEnd.None)
        {
            return;
        }

        switch (input.Kind)
        {
            case LookupInputKind.Start:
                Seed(input.Peers ?? [], now);
                break;
            case LookupInputKind.Answered:
                OnAnswered(input.Peer, input.Peers ?? []);
                break;
            case LookupInputKind.Failed:
                OnFailed(input.Peer);
                break;
            case LookupInputKind.Reached:
                OnReached(input.Peer);
                break;
            case LookupInputKind.Found:
                _found = true;
                break;
            case LookupInputKind.Stop:
                End = LookupEnd.Stopped;
                return;
            case LookupInputKind.Tick:
                break;
            default:
                throw new UnreachableException($"Unknown lookup input {input.Kind}.");
        }

        if (_started && End == LookupEnd.None)
        {
            Expire(now);
            Advance(now, ask);
        }
    }

    /// <summary>When the next <see cref="LookupInputKind.Tick"/> is needed, at the latest.</summary>
    public TimeSpan NextDue()
    {
        TimeSpan due = _startedAt + _plan.Options.QueryTimeout;
        foreach (Candidate candidate in _sorted)
        {
            TimeSpan at = candidate.State switch
            {
                CandidateState.Waiting => candidate.AskedAt + _plan.HedgeDelay,
                CandidateState.Slow => candidate.AskedAt + _plan.Options.RequestTimeout,
                _ => TimeSpan.MaxValue,
            };
            due = at < due ? at : due;
        }

        return due;
    }

    /// <summary>The nearest peers that answered, nearest first.</summary>
    /// <param name="count">How many; also everybody within the plan's radius.</param>
    public List<PeerId> Nearest(int count)
    {
        List<PeerId> result = [];
        foreach (Candidate candidate in _sorted)
        {
            bool wanted = result.Count < count || (candidate.Distance.IsBelow(_plan.Radius) && result.Count < RegionMax);
            if (wanted && candidate.State == CandidateState.Answered)
            {
                result.Add(candidate.Peer);
            }
        }

        return result;
    }

    /// <summary>Peers still silent that are nearer than the last of <paramref name="count"/> which answered: worth a message nobody waits for.</summary>
    public List<PeerId> SlowAmong(int count)
    {
        List<PeerId> result = [];
        int answered = 0;
        foreach (Candidate candidate in _sorted)
        {
            if (candidate.State == CandidateState.Slow)
            {
                result.Add(candidate.Peer);
            }
            else if (candidate.State == CandidateState.Answered && ++answered >= count)
            {
                break;
            }
        }

        return result;
    }

    private void Seed(IReadOnlyList<PeerId> peers, TimeSpan now)
    {
        _started = true;
        _startedAt = now;
        // With few peers every path needs all of them: disjoint paths begin to pay with two seeds each.
        _paths = peers.Count >= 2 * _plan.Options.DisjointPaths ? _plan.Options.DisjointPaths : 1;
        // In blocks, nearest first: forged ids crowd around the target and would be in every path if seeds were dealt in turn; the last path
        // starts far out, among peers nobody had a reason to forge.
        int block = ((peers.Count - 1) / _paths) + 1;
        for (int i = 0; i < peers.Count; i++)
        {
            if (peers[i] != _plan.Self && !peers[i].IsNone)
            {
                Hear(peers[i], KadKey.Of(peers[i]).DistanceTo(_plan.Target), 1u << (i / block), toldBy: default);
            }
        }
    }

    private void OnAnswered(PeerId peer, IReadOnlyList<PeerId> closer)
    {
        // A late answer of a peer that was given up still counts; an answer of a peer never asked does not.
        if (!_known.TryGetValue(peer, out Candidate? teller) || teller.State is CandidateState.Heard or CandidateState.Answered)
        {
            return;
        }

        Move(teller, CandidateState.Answered);
        Answered++;
        if (_plan.Goal == LookupGoal.Node && peer == _plan.TargetPeer)
        {
            End = LookupEnd.Reached;
            return;
        }

        List<(KadKey Distance, PeerId Peer)> near = new(closer.Count);
        foreach (PeerId other in closer)
        {
            if (other == _plan.Self || other == peer || other.IsNone)
            {
                RefusedPeers++;
            }
            else
            {
                // Most are told by many: hash each only once.
                near.Add((_known.TryGetValue(other, out Candidate? known) ? known.Distance : KadKey.Of(other).DistanceTo(_plan.Target), other));
            }
        }

        near.Sort(static (x, y) => x.Distance.CompareTo(y.Distance));
        RefusedPeers += Math.Max(0, near.Count - CloserTaken);
        for (int i = 0; i < Math.Min(near.Count, CloserTaken); i++)
        {
            Hear(near[i].Peer, near[i].Distance, 1u << teller.AskedBy, peer);
        }
    }

    private void OnFailed(PeerId peer)
    {
        if (_known.TryGetValue(peer, out Candidate? candidate) && candidate.State is CandidateState.Waiting or CandidateState.Slow)
        {
            Move(candidate, CandidateState.Failed);
        }
    }

    private void OnReached(PeerId peer)
    {
        if (_plan.Goal == LookupGoal.Node && peer == _plan.TargetPeer)
        {
            End = LookupEnd.Reached;
            return;
        }

        OnFailed(peer);
    }

    private void Hear(PeerId peer, KadKey distance, uint path, PeerId toldBy)
    {
        if (_known.TryGetValue(peer, out Candidate? known))
        {
            known.Paths |= path;
            return;
        }

        Candidate candidate = new(peer, distance) { Paths = path, ToldBy = toldBy };
        int at = _sorted.BinarySearch(candidate, ByDistance.Instance);
        _sorted.Insert(at < 0 ? ~at : at, candidate);
        _known.Add(peer, candidate);
        _counts[(int)CandidateState.Heard]++;
        if (_sorted.Count > CandidatesMax && _sorted.FindLastIndex(static c => c.State == CandidateState.Heard) is >= 0 and int farthest)
        {
            _known.Remove(_sorted[farthest].Peer);
            _counts[(int)CandidateState.Heard]--;
            _sorted.RemoveAt(farthest);
        }
    }

    private void Expire(TimeSpan now)
    {
        foreach (Candidate candidate in _sorted)
        {
            if (candidate.State is not (CandidateState.Waiting or CandidateState.Slow))
            {
                continue;
            }

            TimeSpan waited = now - candidate.AskedAt;
            Move(candidate, waited >= _plan.Options.RequestTimeout ? CandidateState.Failed
                : waited >= _plan.HedgeDelay ? CandidateState.Slow
                : candidate.State);
        }
    }

    private void Advance(TimeSpan now, List<PeerId> ask)
    {
        if (now - _startedAt >= _plan.Options.QueryTimeout)
        {
            End = LookupEnd.LimitReached;
            return;
        }

        bool pathsDone = true;
        for (int path = 0; path < _paths; path++)
        {
            pathsDone &= AdvancePath(path, now, ask);
        }

        // Only after the paths are done: until then a peer that one path heard of must not be asked for another one.
        if (pathsDone && AdvanceNearest(now, ask) && !MustWaitForSlow())
        {
            End = Answered == 0 ? LookupEnd.Exhausted : LookupEnd.Satisfied;
        }
        else if (Count(CandidateState.Waiting) + Count(CandidateState.Slow) == 0)
        {
            End = LookupEnd.LimitReached;
        }
    }

    /// <summary>Asks for one path; true when the β nearest it has heard of have answered.</summary>
    private bool AdvancePath(int path, TimeSpan now, List<PeerId> ask)
    {
        int share = ((_plan.Options.Alpha - 1) / _paths) + 1;
        bool done = true;
        int seen = 0;
        foreach (Candidate candidate in _sorted)
        {
            // A slow one is passed over, so that its stand-in is asked in its place.
            if ((candidate.Paths & (1u << path)) == 0 || candidate.State is CandidateState.Failed or CandidateState.Slow)
            {
                continue;
            }

            if (seen >= _k || (done && seen >= _plan.Options.Beta))
            {
                break;
            }

            done &= seen >= _plan.Options.Beta || candidate.State == CandidateState.Answered;
            seen++;
            if (candidate.State == CandidateState.Heard && _waiting[path] < share)
            {
                Ask(candidate, path, now, ask);
            }
        }

        return done;
    }

    /// <summary>Asks the k nearest of all paths, and everybody in the region; true when they have answered.</summary>
    private bool AdvanceNearest(TimeSpan now, List<PeerId> ask)
    {
        bool done = true;
        int seen = 0;
        List<Candidate> heard = [];
        foreach (Candidate candidate in _sorted)
        {
            if (seen >= _k && (seen >= RegionMax || !candidate.Distance.IsBelow(_plan.Radius)))
            {
                break;
            }

            if (candidate.State is CandidateState.Failed or CandidateState.Slow)
            {
                continue;
            }

            seen++;
            done &= candidate.State == CandidateState.Answered;
            if (candidate.State == CandidateState.Heard)
            {
                heard.Add(candidate);
            }
        }

        // From both ends: forged ids lie nearest, and honest holders must not come last.
        for (int i = 0; i < heard.Count && Count(CandidateState.Waiting) < _plan.Options.Alpha; i++)
        {
            Candidate next = i % 2 == 0 ? heard[i / 2] : heard[^((i / 2) + 1)];
            Ask(next, int.TrailingZeroCount((int)next.Paths), now, ask);
        }

        return done;
    }

    private void Ask(Candidate candidate, int path, TimeSpan now, List<PeerId> ask)
    {
        // Slow peers free their slot, but not without end: dead peers would pile up dials.
        if (_asked < RequestsMax && Count(CandidateState.Slow) < 3 * _plan.Options.Alpha)
        {
            candidate.AskedBy = path;
            candidate.AskedAt = now;
            Move(candidate, CandidateState.Waiting);
            candidate.Order = ++_asked;
            ask.Add(candidate.Peer);
        }
    }

    private void Move(Candidate candidate, CandidateState state)
    {
        _counts[(int)candidate.State]--;
        _counts[(int)state]++;
        _waiting[candidate.AskedBy] += (state == CandidateState.Waiting ? 1 : 0) - (candidate.State == CandidateState.Waiting ? 1 : 0);
        candidate.State = state;
    }

    // A negative result deserves patience; a set of nearest peers, or a result already found, does not wait for the silent.
    private bool MustWaitForSlow()
    {
        bool haste = (_plan.Goal == LookupGoal.Closest || _found) && Answered >= Math.Min(_plan.Options.Beta, Count(CandidateState.Slow));
        return !haste && SlowAmong(_k).Count > 0;
    }

    private int Count(CandidateState state) => _counts[(int)state];

    private sealed class ByDistance : IComparer<Candidate>
    {
        public static ByDistance Instance { get; } = new();

        public int Compare(Candidate? x, Candidate? y) => x!.Distance.CompareTo(y!.Distance);
    }
}
