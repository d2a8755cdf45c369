using System.Buffers;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Noise;

namespace P2P.Transport.Tests.Noise;

public sealed class NoiseUpgradeTests
{
    /// <summary>js sends length and message in two segments; the first may arrive with the end of the negotiation before.</summary>
    [Fact]
    public async Task A_message_cut_anywhere_is_read_also_when_the_first_part_was_there_before()
    {
        SeededChance chance = new(1);
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, chance);
        using NoiseIdentity identity = new(key, ["/yamux/1.0.0"], chance);
        using NoiseLibp2pHandshake initiator = new(true, identity, default, chance);
        ArrayBufferWriter<byte> frame = new();
        Assert.Equal(NoiseStatus.Ok, NoiseUpgrade.TryWriteNext(initiator, frame));

        for (int cut = 1; cut < frame.WrittenCount; cut++)
        {
            using NoiseLibp2pHandshake responder = new(false, identity, default, chance);
            using ConnectionInput input = new(new TwoParts(frame.WrittenMemory[..cut], frame.WrittenMemory[cut..]));
            Assert.True(await input.FillAsync(1, CancellationToken.None));

            Assert.Equal(NoiseStatus.Ok, await NoiseUpgrade.ReadNextAsync(responder, input, CancellationToken.None));
            Assert.Equal(0, input.AvailableSpan.Length);
        }
    }

    private sealed class TwoParts(params ReadOnlyMemory<byte>[] parts) : RawConnection
    {
        private int _next;

        public override Multiaddr LocalAddress { get; } = Multiaddr.FromMemory(1);

        public override Multiaddr RemoteAddress { get; } = Multiaddr.FromMemory(2);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            ReadOnlyMemory<byte> part = parts[_next++];
            part.CopyTo(buffer);
            return ValueTask.FromResult(part.Length);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override ValueTask CloseWriteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort() => _next = parts.Length;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
