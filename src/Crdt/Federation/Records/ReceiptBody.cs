using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of a <c>per</c>: what a program made of its inputs, as somebody claims.</summary>
/// <remarks>Spec: federation, section 2: <c>{ in, gas, out, prog, scheme, status }</c> in canonical key order.</remarks>
public sealed record ReceiptBody
{
    /// <summary>CID of the program block.</summary>
    public required Cid Program { get; init; }

    /// <summary>Rules of execution, such as <c>pel/1</c>.</summary>
    public required string Scheme { get; init; }

    /// <summary>Inputs by slot, in canonical key order.</summary>
    public required IReadOnlyList<KeyValuePair<string, Cid>> Inputs { get; init; }

    /// <summary>Outputs by slot, in canonical key order.</summary>
    public required IReadOnlyList<KeyValuePair<string, Cid>> Outputs { get; init; }

    /// <summary>0 for success, else the code of the failure.</summary>
    public required ulong Status { get; init; }

    /// <summary>Gas used.</summary>
    public required ulong Gas { get; init; }

    /// <summary>SHA-256 of the canonical DAG-CBOR of <c>[prog, scheme, in]</c>: executions with one key must agree.</summary>
    public EventDigest Key() => KeyOf(Program, Scheme, Inputs);

    /// <summary>As <see cref="Key"/>, before there is a receipt.</summary>
    /// <param name="program">CID of the program block.</param>
    /// <param name="scheme">Rules of execution.</param>
    /// <param name="inputs">In canonical key order.</param>
    public static EventDigest KeyOf(Cid program, string scheme, IReadOnlyList<KeyValuePair<string, Cid>> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        DagCborWriter writer = new(96 + (76 * inputs.Count));
        writer.WriteArrayStart(3);
        writer.WriteCid(program);
        writer.WriteText(scheme);
        SlotMap.Write(writer, inputs);
        return EventDigest.Sha256(writer.WrittenSpan);
    }

    /// <summary>Whether both claim the same result; gas is not part of it.</summary>
    /// <param name="other">A receipt with the same key.</param>
    public bool HasResultOf(ReceiptBody other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Status == other.Status && Outputs.SequenceEqual(other.Outputs);
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(128 + (76 * (Inputs.Count + Outputs.Count)));
        writer.WriteMapStart(6);
        writer.WriteText("in"u8);
        SlotMap.Write(writer, Inputs);
        writer.WriteText("gas"u8);
        writer.WriteUInt(Gas);
        writer.WriteText("out"u8);
        SlotMap.Write(writer, Outputs);
        writer.WriteText("prog"u8);
        writer.WriteCid(Program);
        writer.WriteText("scheme"u8);
        writer.WriteText(Scheme);
        writer.WriteText("status"u8);
        writer.WriteUInt(Status);
        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out ReceiptBody? result)
    {
        result = null;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 6 || !reader.TryReadKey("in"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = SlotMap.Read(ref reader, out KeyValuePair<string, Cid>[] inputs);
        if (reason != InvalidReason.None || !reader.TryReadKey("gas"u8) || !reader.TryReadUInt(out ulong gas) || !reader.TryReadKey("out"u8))
        {
            return reason == InvalidReason.None ? InvalidReason.Schema : reason;
        }

        reason = SlotMap.Read(ref reader, out KeyValuePair<string, Cid>[] outputs);
        if (reason != InvalidReason.None || !reader.TryReadKey("prog"u8) || !BodyLinks.TryRead(ref reader, mayBeRaw: false, out Cid program)
            || !reader.TryReadKey("scheme"u8) || !reader.TryReadText(out ReadOnlySpan<byte> scheme))
        {
            return reason == InvalidReason.None ? InvalidReason.Schema : reason;
        }

        if (scheme.Length > RecordLimits.SchemeBytesMax)
        {
            return InvalidReason.Limit;
        }

        if (!reader.TryReadKey("status"u8) || !reader.TryReadUInt(out ulong status) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new ReceiptBody
        {
            Program = program,
            Scheme = System.Text.Encoding.UTF8.GetString(scheme),
            Inputs = inputs,
            Outputs = outputs,
            Status = status,
            Gas = gas,
        };
        return InvalidReason.None;
    }
}
