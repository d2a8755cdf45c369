using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>States by both ways: grown event by event behind a causal gate, and computed anew.</summary>
internal static class States
{
    public static MemoryContentSource Source(IEnumerable<Event> events)
    {
        MemoryContentSource source = new();
        source.Add(Author.Genesis.Cid, Author.Genesis.Bytes);
        source.Add(events);
        return source;
    }

    public static async Task<ReplayResult> FreshAsync(IEnumerable<Event> events, ReplayOptions? options = null)
    {
        Event[] all = [.. events];
        return await Replayer.ReplayAsync(Author.Genesis, all, Source(all), options);
    }

    public static string Fresh(IEnumerable<Event> events, ReplayOptions? options = null) =>
        FreshAsync(events, options).GetAwaiter().GetResult().FinalState.ToString();

    /// <summary>Delivers in the given order; an event waits until its links are there.</summary>
    public sealed class Growing
    {
        private readonly DocumentState _state = new(Author.Genesis, DocumentRules.Create());
        private readonly Dictionary<Core.Multiformats.Cid, Event> _events = [];
        private readonly List<Event> _waiting = [];

        public FederationFold Fold { get; } = new();

        public int Refused { get; private set; }

        public void Give(Event next)
        {
            if (_events.TryAdd(next.Cid, next))
            {
                _waiting.Add(next);
            }

            for (int at = 0; at < _waiting.Count;)
            {
                int skip = 0;
                if (!_state.Graph.FirstMissing(_waiting[at], ref skip).IsNone)
                {
                    at++;
                    continue;
                }

                Event ready = _waiting[at];
                _waiting.RemoveAt(at);
                at = 0;
                List<VisibilityChange> changes = [];
                Refused += _state.Admit(ready, mayShelve: false, changes).Kind == AdmitKind.Refused ? 1 : 0;
                foreach (VisibilityChange change in changes)
                {
                    Event changed = _events[change.Node.Cid];
                    if (change.IsShown)
                    {
                        Fold.Apply(changed);
                    }
                    else
                    {
                        Fold.Retract(changed);
                    }
                }
            }
        }

        public string Hash() => Fold.Settle(
            _state.Clock.Flagged.Select(static a => new ForkPoint(a.Protobuf, a.ForkSequence)), Source(_events.Values)).State!.Hash().ToString();
    }
}
