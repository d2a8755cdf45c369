using System.Diagnostics.Metrics;

namespace P2P.Bitswap.Loop;

/// <summary>Instruments of the meter <c>P2P.Bitswap</c>; they read the loop's own counts when asked, and cost nothing else.</summary>
internal sealed class BitswapMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] s_reasons =
        [.. Enum.GetValues<BitswapRefusal>().Select(static reason => new KeyValuePair<string, object?>("reason", reason.ToString()))];

    private readonly Meter _meter;

    public BitswapMetrics(IMeterFactory? factory, BitswapLoop loop)
    {
        _meter = factory?.Create(new MeterOptions("P2P.Bitswap")) ?? new Meter("P2P.Bitswap");
        _meter.CreateObservableCounter("p2p.bitswap.blocks.received", () => loop.BlocksReceived, "{block}", "Blocks that were asked for and came.");
        _meter.CreateObservableCounter("p2p.bitswap.sent", () => loop.BytesSent, "By", "Bytes of blocks written to peers.");
        _meter.CreateObservableCounter("p2p.bitswap.store.failures", () => loop.StoreFailures, "{lookup}", "Look-ups for peers that the store could not answer.");
        _meter.CreateObservableCounter("p2p.bitswap.refused", () => Refusals(loop), "{refusal}", "What peers sent that was refused, by reason.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Refusals(BitswapLoop loop)
    {
        for (int i = 1; i < s_reasons.Length; i++)
        {
            long count = loop.Refused((BitswapRefusal)i);
            if (count > 0)
            {
                yield return new Measurement<long>(count, s_reasons[i]);
            }
        }
    }
}
