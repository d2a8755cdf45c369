using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of a <c>tomb</c>: hides exactly its target event.</summary>
/// <param name="Target">An ancestor of type artifact, edge or per.</param>
/// <remarks>Spec: federation, section 2: <c>{ target }</c>.</remarks>
public sealed record TombBody(Cid Target)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(64);
        writer.WriteMapStart(1);
        writer.WriteText("target"u8);
        writer.WriteCid(Target);
        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out TombBody? result)
    {
        result = null;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 1 || !reader.TryReadKey("target"u8)
            || !BodyLinks.TryRead(ref reader, mayBeRaw: false, out Cid target) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new TombBody(target);
        return InvalidReason.None;
    }
}
