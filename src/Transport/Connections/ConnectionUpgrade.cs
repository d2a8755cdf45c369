using System.Buffers;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Negotiation;
using P2P.Transport.Noise;

namespace P2P.Transport.Connections;

/// <summary>One upgrade in progress: multistream, Noise, muxer. Returns a refusal or leaves the result in its properties.</summary>
internal sealed class ConnectionUpgrade(ConnectionInput input, bool outbound, NoiseIdentity identity, TimeSpan firstByteLimit, TimeProvider time)
{
    private static readonly string[] s_security = ["/noise"];
    private static readonly string[] s_muxers = [ConnectionUpgrader.YamuxProtocol];

    private readonly ArrayBufferWriter<byte> _output = new(1024);

    /// <summary>The encrypted channel; owned by the caller.</summary>
    public NoiseChannel? Channel { get; private set; }

    /// <summary>The proven remote.</summary>
    public NoiseRemote? Remote { get; private set; }

    /// <summary>Why the remote's identity key was refused, if it was.</summary>
    public KeyRefusal KeyRefusal { get; private set; }

    /// <summary>Runs all steps.</summary>
    /// <param name="expected">Who it must be; none accepts anybody.</param>
    /// <param name="chance">For the ephemeral key.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<UpgradeRefusal> RunAsync(PeerId expected, IChance chance, CancellationToken cancellationToken)
    {
        using NoiseLibp2pHandshake handshake = new(outbound, identity, expected, chance);
        UpgradeRefusal refusal = outbound
            ? await DialSecurityAsync(handshake, cancellationToken)
            : await AnswerSecurityAsync(cancellationToken);
        if (refusal == UpgradeRefusal.None)
        {
            refusal = await ShakeHandsAsync(handshake, cancellationToken);
        }

        if (refusal != UpgradeRefusal.None)
        {
            return refusal;
        }

        (NoiseCipher send, NoiseCipher receive) = handshake.Split();
        Channel = new NoiseChannel(input, send, receive);
        Remote = handshake.Remote;
        return handshake.Muxer is null ? await NegotiateMuxerAsync(Channel, cancellationToken) : UpgradeRefusal.None;
    }

    // Header, proposal and the first Noise message leave together: there is only one candidate, so nothing is learnt by waiting.
    private async ValueTask<UpgradeRefusal> DialSecurityAsync(NoiseLibp2pHandshake handshake, CancellationToken cancellationToken)
    {
        MultistreamDialer dialer = new(s_security);
        dialer.Start(_output);
        NoiseStatus status = NoiseUpgrade.TryWriteNext(handshake, _output);
        Invariant.Check(status == NoiseStatus.Ok, "The first Noise message depends on nobody.");
        await FlushAsync(cancellationToken);
        return await NegotiateAsync(dialer, cancellationToken);
    }

    private async ValueTask<UpgradeRefusal> AnswerSecurityAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource silence = new(firstByteLimit, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            if (!await input.FillAsync(1, both.Token))
            {
                return UpgradeRefusal.Closed;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return UpgradeRefusal.Silent;
        }

        return await NegotiateAsync(new MultistreamListener(static p => p == s_security[0]), cancellationToken);
    }

    private async ValueTask<UpgradeRefusal> NegotiateAsync(IMultistreamSide side, CancellationToken cancellationToken)
    {
        while (true)
        {
            input.Consume(side.Step(input.AvailableSpan, _output));
            await FlushAsync(cancellationToken);
            if (side.Status != NegotiationStatus.Pending)
            {
                return side.Status == NegotiationStatus.Agreed ? UpgradeRefusal.None : UpgradeFailure.Of(side.Status);
            }

            if (!await input.FillAsync(MultistreamWire.TokenBytesMax, cancellationToken))
            {
                return UpgradeRefusal.Closed;
            }
        }
    }

    private async ValueTask<UpgradeRefusal> ShakeHandsAsync(NoiseLibp2pHandshake handshake, CancellationToken cancellationToken)
    {
        while (!handshake.IsComplete)
        {
            NoiseStatus status;
            if (handshake.Writes)
            {
                status = NoiseUpgrade.TryWriteNext(handshake, _output);
                await FlushAsync(cancellationToken);
            }
            else
            {
                status = await NoiseUpgrade.ReadNextAsync(handshake, input, cancellationToken);
            }

            if (status != NoiseStatus.Ok)
            {
                KeyRefusal = handshake.KeyRefusal;
                return UpgradeFailure.Of(status);
            }
        }

        return UpgradeRefusal.None;
    }

    // The remote listed no muxers in the handshake: ask by multistream, inside the encryption.
    private async ValueTask<UpgradeRefusal> NegotiateMuxerAsync(NoiseChannel channel, CancellationToken cancellationToken)
    {
        IMultistreamSide side;
        if (outbound)
        {
            MultistreamDialer dialer = new(s_muxers);
            dialer.Start(_output);
            side = dialer;
        }
        else
        {
            side = new MultistreamListener(static p => p == s_muxers[0]);
        }

        byte[] received = [];
        while (true)
        {
            if (_output.WrittenCount > 0)
            {
                _output.WrittenSpan.CopyTo(channel.Room);
                channel.Advance(_output.WrittenCount);
                _output.ResetWrittenCount();
                await channel.FlushAsync(cancellationToken);
            }

            if (side.Status != NegotiationStatus.Pending)
            {
                return side.Status == NegotiationStatus.Agreed ? UpgradeRefusal.None : UpgradeFailure.Of(side.Status);
            }

            if (!await channel.ReadAsync(cancellationToken))
            {
                return UpgradeRefusal.Closed;
            }

            received = StepOver(side, channel, received);
        }
    }

    // A token may be cut by frames: keep the first part; consume exactly up to the end of the negotiation.
    private byte[] StepOver(IMultistreamSide side, NoiseChannel channel, byte[] kept)
    {
        byte[] joined = [.. kept, .. channel.Available];
        int consumed = side.Step(joined, _output);
        if (side.Status == NegotiationStatus.Agreed)
        {
            channel.Consume(consumed - kept.Length);
            return [];
        }

        channel.Consume(channel.Available.Length);
        return joined[consumed..];
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_output.WrittenCount > 0)
        {
            await input.WriteAsync(_output.WrittenMemory, cancellationToken);
            _output.ResetWrittenCount();
        }
    }
}
