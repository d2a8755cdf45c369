using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Cli.Federation;

/// <summary>
/// Makes a document carry a program, its inputs and outputs: a receipt counts only where it does. What is new is collected first and goes in as
/// artifacts with <see cref="WriteAsync"/>, small blocks inline.
/// </summary>
internal sealed class ProgramCarrier
{
    private readonly List<Block> _new = [];
    private readonly HashSet<Cid> _carried = [];
    private readonly List<ArtifactBody> _inline = [];

    public ProgramCarrier(Evidence evidence)
    {
        Evidence = evidence;
        foreach (Event source in evidence.Events().Where(static e => e.Type == FederationTypes.Artifact))
        {
            if (ArtifactBody.TryRead(source.Body, out ArtifactBody? artifact) == InvalidReason.None)
            {
                Note(artifact!);
            }
        }
    }

    public Evidence Evidence { get; }

    /// <summary>Bytes that a program reads as they are.</summary>
    public Cid Take(byte[] bytes) => Take(new Block(Cid.ForRaw(bytes), bytes));

    /// <summary>A program.</summary>
    public Cid Take(ReadOnlyMemory<byte> program) => Take(new Block(Cid.ForDagCbor(program.Span), program));

    /// <summary>A block; it is to be read from now on, and written unless the document carries it.</summary>
    public Cid Take(Block block)
    {
        Evidence.Source.Add(block.Cid, block.Data);
        if (_carried.Add(block.Cid))
        {
            _new.Add(block);
        }

        return block.Cid;
    }

    /// <summary>What the document or the store has under that CID. A loose block of the store is carried from now on.</summary>
    /// <exception cref="CliException">Nothing.</exception>
    public async Task<Cid> TakeAsync(string text, CancellationToken cancellationToken)
    {
        Cid cid = Cid.Parse(text);
        bool isOfDocument = Evidence.Source.TryRead(cid, out _) || _carried.Contains(cid);
        if (await FindAsync(cid, cancellationToken) is not ReadOnlyMemory<byte> bytes)
        {
            throw Evidence.Incomplete([cid]);
        }

        if (isOfDocument)
        {
            Evidence.Source.Add(cid, bytes);
            return cid;
        }

        return Take(new Block(cid, bytes));
    }

    /// <summary>A block of the document, of an artifact that has it inline, or of the store.</summary>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(Cid cid, CancellationToken cancellationToken) =>
        Evidence.Source.TryRead(cid, out ReadOnlyMemory<byte> block) ? block
        : _inline.Find(a => cid.Verify(a.Inline.Span)) is ArtifactBody artifact ? artifact.Inline
        : Evidence.IsWritable ? await Evidence.Store.GetBlockAsync(cid, cancellationToken)
        : null;

    /// <summary>Writes an artifact for each block that is new.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (Block block in _new)
        {
            bool fits = block.Data.Length <= RecordLimits.InlineBytesMax;
            ArtifactBody body = fits ? ArtifactBody.OfBytes(block.Data) : ArtifactBody.OfBlock(block.Cid, (ulong)block.Data.Length);
            if (!fits)
            {
                await Evidence.Store.Blocks.PutAsync(block, cancellationToken);
            }

            Event written = await Evidence.AppendAsync(new EventDraft { Type = FederationTypes.Artifact, Body = body.Encode() }, cancellationToken);
            Evidence.Source.Add([written]);
        }

        _new.Clear();
    }

    private void Note(ArtifactBody artifact)
    {
        if (artifact.IsInline)
        {
            _inline.Add(artifact);
            _carried.Add(Cid.ForRaw(artifact.Inline.Span));
            _carried.Add(Cid.ForDagCbor(artifact.Inline.Span));
        }
        else
        {
            _carried.Add(artifact.Data);
        }
    }
}
