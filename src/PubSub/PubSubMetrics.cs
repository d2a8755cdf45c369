using System.Diagnostics.Metrics;
using P2P.PubSub.Routing;

namespace P2P.PubSub;

/// <summary>Instruments of the meter <c>P2P.PubSub</c>; they read the router's own counts when asked, and cost nothing else.</summary>
internal sealed class PubSubMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] s_reasons =
        [.. Enum.GetValues<GossipRefusal>().Select(static reason => new KeyValuePair<string, object?>("reason", reason.ToString()))];

    // The conventions of messaging systems, where they fit.
    private static readonly KeyValuePair<string, object?> s_system = new("messaging.system", "p2p_gossipsub");
    private static readonly KeyValuePair<string, object?> s_publish = new("messaging.operation.name", "publish");

    private readonly Meter _meter;

    public PubSubMetrics(IMeterFactory? factory, RouterCounters counters)
    {
        _meter = factory?.Create(new MeterOptions("P2P.PubSub")) ?? new Meter("P2P.PubSub");
        _meter.CreateObservableCounter(
            "messaging.client.sent.messages", () => new Measurement<long>(counters.Published, s_system, s_publish), "{message}", "Own messages published.");
        _meter.CreateObservableCounter("p2p.pubsub.messages.received", () => counters.Received, "{message}", "Messages of peers that came in, duplicates among them.");
        _meter.CreateObservableCounter("p2p.pubsub.messages.delivered", () => counters.Delivered, "{message}", "Messages handed to the application.");
        _meter.CreateObservableCounter("p2p.pubsub.messages.published", () => counters.Published, "{message}", "Own messages.");
        _meter.CreateObservableCounter("p2p.pubsub.messages.forwarded", () => counters.Forwarded, "{message}", "Messages passed on.");
        _meter.CreateObservableCounter("p2p.pubsub.ihave.ids", () => counters.IHaveIdsSent, "{id}", "Ids advertised.");
        _meter.CreateObservableCounter("p2p.pubsub.iwant.ids", () => counters.IWantIdsSent, "{id}", "Ids asked for.");
        _meter.CreateObservableCounter("p2p.pubsub.grafts", () => counters.Grafts, "{graft}", "Peers taken into a mesh.");
        _meter.CreateObservableCounter("p2p.pubsub.prunes", () => counters.Prunes, "{prune}", "Peers put out of a mesh.");
        _meter.CreateObservableCounter("p2p.pubsub.refused", () => Refusals(counters), "{refusal}", "What was refused or dropped, by reason.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Refusals(RouterCounters counters)
    {
        for (int i = 1; i < s_reasons.Length; i++)
        {
            long count = counters[(GossipRefusal)i];
            if (count > 0)
            {
                yield return new Measurement<long>(count, s_reasons[i]);
            }
        }
    }
}
