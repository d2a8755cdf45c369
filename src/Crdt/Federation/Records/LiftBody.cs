using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of a <c>lift</c>: cancels exactly the tombstones it names.</summary>
/// <param name="Target">What they hide.</param>
/// <param name="Tombs">Ascending, one at least; each an ancestor whose target is <paramref name="Target"/>.</param>
/// <remarks>Spec: federation, section 2: <c>{ tombs, target }</c> in canonical key order.</remarks>
public sealed record LiftBody(Cid Target, IReadOnlyList<Cid> Tombs)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(64 + (42 * Tombs.Count));
        writer.WriteMapStart(2);
        writer.WriteText("tombs"u8);
        BodyLinks.Write(writer, Tombs);
        writer.WriteText("target"u8);
        writer.WriteCid(Target);
        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out LiftBody? result)
    {
        result = null;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 2 || !reader.TryReadKey("tombs"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = BodyLinks.ReadSome(ref reader, RecordLimits.TombsMax, out Cid[] tombs);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!BodyLinks.IsAscending(tombs) || !reader.TryReadKey("target"u8)
            || !BodyLinks.TryRead(ref reader, mayBeRaw: false, out Cid target) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new LiftBody(target, tombs);
        return InvalidReason.None;
    }
}
