using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of a <c>snap</c>: a cut, how many events it holds, and the state at it.</summary>
/// <remarks>Spec: federation, section 2: <c>{ n, cut, data, state }</c> in canonical key order.</remarks>
public sealed record SnapBody
{
    /// <summary>Heads: ascending, an antichain of ancestors of the event.</summary>
    public required IReadOnlyList<Cid> Cut { get; init; }

    /// <summary>Visible events of the cut.</summary>
    public required ulong Count { get; init; }

    /// <summary>State hash at the cut.</summary>
    public required EventDigest State { get; init; }

    /// <summary>A block that describes the state, or none.</summary>
    public Cid Data { get; init; }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(128 + (42 * Cut.Count));
        writer.WriteMapStart(4);
        writer.WriteText("n"u8);
        writer.WriteUInt(Count);
        writer.WriteText("cut"u8);
        BodyLinks.Write(writer, Cut);
        writer.WriteText("data"u8);
        if (Data.IsNone)
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteCid(Data);
        }

        writer.WriteText("state"u8);
        writer.WriteBytes(State.ToArray());
        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out SnapBody? result)
    {
        result = null;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 4
            || !reader.TryReadKey("n"u8) || !reader.TryReadUInt(out ulong count) || count == 0 || !reader.TryReadKey("cut"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = BodyLinks.ReadSome(ref reader, RecordLimits.CutMax, out Cid[] cut);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        Cid data = default;
        if (!BodyLinks.IsAscending(cut) || !reader.TryReadKey("data"u8)
            || !(reader.TryReadNull() || BodyLinks.TryRead(ref reader, mayBeRaw: true, out data))
            || !reader.TryReadKey("state"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> state)
            || state.Length != EventDigest.Bytes || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new SnapBody { Cut = cut, Count = count, State = EventDigest.Read(state), Data = data };
        return InvalidReason.None;
    }
}
