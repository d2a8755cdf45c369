using System.Diagnostics.Metrics;
using P2P.PubSub.Routing;

namespace P2P.PubSub;

/// <summary>Instruments of the meter <c>P2P.PubSub</c>; they read the router's own counts when asked, and cost nothing else.</summary>
internal sealed class PubSubMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] s_reasons =
        [.. Enum.GetValues<GossipRefusal>().Select(static reason => new KeyValuePair<string, object?>("reason", reason.ToString()))];

    private readonly Meter _meter = new("P2P.PubSub");

    public PubSubMetrics(RouterCounters counters)
    {
        _meter.CreateObservableCounter("p2p.pubsub.messages.received", () => counters.Received, "{message}");
        _meter.CreateObservableCounter("p2p.pubsub.messages.delivered", () => counters.Delivered, "{message}");
        _meter.CreateObservableCounter("p2p.pubsub.messages.published", () => counters.Published, "{message}");
        _meter.CreateObservableCounter("p2p.pubsub.messages.forwarded", () => counters.Forwarded, "{message}");
        _meter.CreateObservableCounter("p2p.pubsub.ihave.ids", () => counters.IHaveIdsSent, "{id}");
        _meter.CreateObservableCounter("p2p.pubsub.iwant.ids", () => counters.IWantIdsSent, "{id}");
        _meter.CreateObservableCounter("p2p.pubsub.grafts", () => counters.Grafts, "{graft}");
        _meter.CreateObservableCounter("p2p.pubsub.prunes", () => counters.Prunes, "{prune}");
        _meter.CreateObservableCounter("p2p.pubsub.refused", () => Refusals(counters), "{refusal}");
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
