using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Content of a <c>pel-request</c>: a program that all executors of a snapshot shall run together.</summary>
/// <remarks>Canonical DAG-CBOR <c>{ in, prog, snap, stage }</c>. Spec: federation, section 6, "Multi-node execution", step 1.</remarks>
public sealed record ProgramRequest
{
    /// <summary>CID of the program.</summary>
    public required Cid Program { get; init; }

    /// <summary>Bound slots, in canonical key order.</summary>
    public required IReadOnlyList<KeyValuePair<string, Cid>> Inputs { get; init; }

    /// <summary>The <c>snap</c> event in whose past the executors have declared themselves.</summary>
    public required Cid Snapshot { get; init; }

    /// <summary>Nodes of the program in one stage, 1 or more. Everybody cuts alike.</summary>
    public int StageNodes { get; init; } = 1;

    /// <summary>The artifact to append.</summary>
    public EventDraft ToDraft() => new() { Type = FederationTypes.Artifact, Body = ArtifactBody.OfBytes(Encode(), ExecutionTags.Request).Encode() };

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(256);
        writer.WriteMapStart(4);
        writer.WriteText("in"u8);
        SlotMap.Write(writer, Inputs);
        writer.WriteText("prog"u8);
        writer.WriteCid(Program);
        writer.WriteText("snap"u8);
        writer.WriteCid(Snapshot);
        writer.WriteText("stage"u8);
        writer.WriteUInt((ulong)StageNodes);
        return writer.ToArray();
    }

    /// <summary>Reads a request. Never throws on its content.</summary>
    /// <param name="content">Content of the artifact.</param>
    /// <param name="result">The request.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlySpan<byte> content, out ProgramRequest? result)
    {
        result = null;
        DagCborReader reader = new(content, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 4 || !reader.TryReadKey("in"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = SlotMap.Read(ref reader, out KeyValuePair<string, Cid>[] inputs);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!reader.TryReadKey("prog"u8) || !BodyLinks.TryRead(ref reader, mayBeRaw: false, out Cid program)
            || !reader.TryReadKey("snap"u8) || !BodyLinks.TryRead(ref reader, mayBeRaw: false, out Cid snapshot)
            || !reader.TryReadKey("stage"u8) || !reader.TryReadUInt(out ulong nodes) || nodes is 0 or > ProgramScheme.NodesMax || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new ProgramRequest { Program = program, Inputs = inputs, Snapshot = snapshot, StageNodes = (int)nodes };
        return InvalidReason.None;
    }
}
