using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.Node.Adapters;

/// <summary>Asks peers whether they keep blocks, and answers them, on streams of <see cref="KeepWire.Protocol"/>. Thread-safe.</summary>
/// <remarks>Spec: durability, section 7; ADR 62.</remarks>
internal sealed class KeepDesk : IAsyncDisposable
{
    private const int StreamsPerPeerMax = 2;
    private const int AnswersAtOnce = 2; // each reads up to 32 blocks, one after the other
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly IPeerNetwork _network;
    private readonly IBlockStore _blocks;
    private readonly TimeProvider _time;
    private readonly Turnstile _turn = new(AnswersAtOnce);
    private readonly long[] _refused = new long[Enum.GetValues<KeepRefusal>().Length];

    /// <summary>Starts answering.</summary>
    /// <param name="network">Where the peers are.</param>
    /// <param name="blocks">What is on disk here.</param>
    /// <param name="time">Clock.</param>
    public KeepDesk(IPeerNetwork network, IBlockStore blocks, TimeProvider time)
    {
        (_network, _blocks, _time) = (network, blocks, time);
        network.Handle(KeepWire.Protocol, ServeAsync, StreamsPerPeerMax);
    }

    /// <summary>Who we are.</summary>
    public PeerId Self => _network.LocalPeer;

    /// <summary>What is about to go here.</summary>
    public LeavingBlocks Leaving { get; } = new();

    /// <summary>How many questions of either side came to nothing for a reason.</summary>
    public long Refused(KeepRefusal refusal) => Interlocked.Read(ref _refused[(int)refusal]);

    /// <summary>Counts one.</summary>
    public void Count(KeepRefusal refusal) => Interlocked.Increment(ref _refused[(int)refusal]);

    /// <summary>Whether a peer may speak the protocol, as far as is known.</summary>
    public bool MaySpeakTo(PeerId peer) => _network.ProtocolsOf(peer) is var spoken && (spoken.Count == 0 || spoken.Contains(KeepWire.Protocol));

    /// <summary>Asks a peer about up to <see cref="KeepWire.BlocksMax"/> blocks.</summary>
    /// <returns>One answer for each, said after it was asked; null when none came.</returns>
    public async Task<IReadOnlyList<KeepAnswer>?> AskAsync(PeerId peer, IReadOnlyList<Cid> cids, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_patience, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        PeerStream? stream = null;
        try
        {
            stream = await _network.OpenStreamAsync(peer, [KeepWire.Protocol], either.Token);
            await stream.Stream.WriteAsync(KeepWire.Question(cids), either.Token);
            await stream.Stream.CloseWriteAsync(either.Token);
            using FrameReader reader = new(stream, new FrameLimits(KeepWire.BlocksMax));
            Frame frame = await reader.ReadAsync(either.Token);
            bool isAnswer = KeepWire.TryReadAnswer(frame.Status == FrameStatus.Done ? frame.Bytes.Span : default, cids.Count, out IReadOnlyList<KeepAnswer> answers);
            await stream.Stream.DisposeAsync();
            Count(isAnswer ? KeepRefusal.None : KeepRefusal.Malformed);
            return isAnswer ? answers : null;
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream?.Stream.Abort();
            cancellationToken.ThrowIfCancellationRequested();
            Count(KeepRefusal.Unreachable);
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        _network.Unhandle(KeepWire.Protocol);
        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_patience, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        KeepRefusal refusal;
        try
        {
            refusal = await AnswerAsync(stream, either.Token);
        }
        catch (StoreException)
        {
            refusal = KeepRefusal.StoreFailed;
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            refusal = KeepRefusal.Unreachable;
        }

        Count(refusal);
        if (refusal != KeepRefusal.None)
        {
            stream.Stream.Abort();
        }
    }

    private async Task<KeepRefusal> AnswerAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using FrameReader reader = new(stream, new FrameLimits(KeepWire.QuestionBytesMax));
        Frame frame = await reader.ReadAsync(cancellationToken);
        if (!KeepWire.TryReadQuestion(frame.Status == FrameStatus.Done ? frame.Bytes.Span : default, out IReadOnlyList<Cid> cids))
        {
            return KeepRefusal.Malformed;
        }

        List<KeepAnswer> answers = [];
        await _turn.EnterAsync(cancellationToken);
        try
        {
            foreach (Cid cid in cids)
            {
                answers.Add(await Leaving.AnswerAsync(cid, _blocks, cancellationToken));
            }
        }
        finally
        {
            _turn.Leave();
        }

        await stream.Stream.WriteAsync(KeepWire.Answer(answers), cancellationToken);
        return KeepRefusal.None;
    }
}
