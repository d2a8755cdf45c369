using System.Diagnostics.Metrics;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

public sealed class MetricsTests
{
    [Fact]
    public async Task Every_metric_moves_when_what_it_counts_happens()
    {
        Dictionary<string, double> seen = [];
        using OneMeter meters = new();
        using ReplicaMetrics metrics = new(meters);
        using MeterListener listener = Listen(seen, meters);
        await using MemoryEventStore store = new(new SeededChance(1));
        MemoryWire wire = new();
        MemoryWire.Port port = wire.Connect(1);
        Author forker = new(60);
        List<Event> chain = new Author(61).Chain(3);
        wire.Know(chain);
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions
        {
            Genesis = Author.Genesis,
            Store = store,
            Syncer = port,
            Metrics = metrics,
            Folds = [new BrokenFold()],
        }))
        {
            await replica.AppendEventAsync(new EventDraft { Type = "note" });
            await replica.InsertBlockAsync(chain[2].Bytes); // its links are fetched
            await replica.InsertEventAsync(forker.Write(change: static d => d.At = 1));
            await replica.InsertEventAsync(forker.Write(change: static d => d.At = 2)); // a fork: the first is retracted
            await foreach (ReplicaChange change in replica.Changes())
            {
                if (change.Event.Cid == chain[2].Cid)
                {
                    break;
                }
            }

            foreach (string name in new[]
            {
                "verdicts", "applied", "verifications", "fetches", "retractions", "heads", "flagged", "callback.failures", "commit.duration",
                "verify.duration", "apply.duration", "fetch.duration", "inbox.depth", "pool.age",
            })
            {
                Assert.True(Has(seen, "p2p.crdt." + name), $"p2p.crdt.{name} was never recorded.");
            }

            Assert.Equal(1, seen["p2p.crdt.flagged"]);
            Assert.Equal(1, seen["p2p.crdt.retractions"]);
        }

        Assert.Equal(0, seen["p2p.crdt.heads"]); // a closed replica leaves nothing in the gauges
        Assert.Equal(0, seen["p2p.crdt.flagged"]);
        Assert.Equal(0, seen["p2p.crdt.pool.events"]);
        Assert.Equal(0, seen["p2p.crdt.missing"]);
    }

    private static bool Has(Dictionary<string, double> seen, string name)
    {
        lock (seen)
        {
            return seen.ContainsKey(name);
        }
    }

    private static MeterListener Listen(Dictionary<string, double> seen, OneMeter meters)
    {
        void Add(Instrument instrument, double value)
        {
            lock (seen)
            {
                seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value;
            }
        }

        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter, meters.Meter)) // tests beside this one have meters of the same name
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, _, _) => Add(i, value));
        listener.SetMeasurementEventCallback<double>((i, value, _, _) => Add(i, value));
        listener.Start();
        return listener;
    }

    private sealed class OneMeter : IMeterFactory
    {
        public Meter? Meter { get; private set; }

        public Meter Create(MeterOptions options) => Meter = new Meter(options);

        public void Dispose() => Meter?.Dispose();
    }

    private sealed class BrokenFold : IFold
    {
        public void Apply(Event applied) => throw new InvalidOperationException("broken");

        public void Retract(Event retracted) => throw new InvalidOperationException("broken");
    }
}
