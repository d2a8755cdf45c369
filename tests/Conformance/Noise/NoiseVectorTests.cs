using System.Text.Json;
using P2P.Core.Crypto;
using P2P.TestSupport;
using P2P.Transport.Noise;

namespace P2P.Conformance.Noise;

/// <summary>The published vectors of <c>Noise_XX_25519_ChaChaPoly_SHA256</c>, run from both ends.</summary>
public sealed class NoiseVectorTests
{
    private const string Protocol = "Noise_XX_25519_ChaChaPoly_SHA256";

    [SharedTheory]
    [InlineData("cacophony.txt")]
    [InlineData("snow.txt")]
    public void Every_message_of_the_published_vectors_is_reproduced(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Require.SharedFile("vectors", "noise", file)));
        int run = 0;
        foreach (JsonElement vector in document.RootElement.GetProperty("vectors").EnumerateArray())
        {
            if (NameOf(vector) == Protocol)
            {
                Run(vector);
                run++;
            }
        }

        Assert.Equal(1, run);
    }

    [SharedFact]
    public void A_changed_byte_in_any_vector_message_is_refused()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Require.SharedFile("vectors", "noise", "cacophony.txt")));
        JsonElement vector = document.RootElement.GetProperty("vectors").EnumerateArray().Single(v => NameOf(v) == Protocol);
        byte[] second = Bytes(vector.GetProperty("messages")[1], "ciphertext");
        for (int i = 0; i < second.Length; i++)
        {
            (NoiseHandshake initiator, _) = Sides(vector);
            initiator.TryWriteMessage(Bytes(vector.GetProperty("messages")[0], "payload"), new byte[1024], out _);
            byte[] changed = [.. second];
            changed[i] ^= 1;

            Assert.NotEqual(NoiseStatus.Ok, initiator.TryReadMessage(changed, new byte[1024], out _));
        }
    }

    private static void Run(JsonElement vector)
    {
        (NoiseHandshake initiator, NoiseHandshake responder) = Sides(vector);
        (NoiseCipher Send, NoiseCipher Receive) first = default;
        (NoiseCipher Send, NoiseCipher Receive) second = default;
        int index = 0;
        foreach (JsonElement message in vector.GetProperty("messages").EnumerateArray())
        {
            byte[] payload = Bytes(message, "payload");
            byte[] expected = Bytes(message, "ciphertext");
            bool fromInitiator = index % 2 == 0;
            if (index < 3)
            {
                CheckHandshake(fromInitiator ? initiator : responder, fromInitiator ? responder : initiator, payload, expected);
            }
            else
            {
                CheckTransport((fromInitiator ? first.Send : second.Send)!, (fromInitiator ? second.Receive : first.Receive)!, payload, expected);
            }

            if (++index == 3)
            {
                first = initiator.Split();
                second = responder.Split();
                if (vector.TryGetProperty("handshake_hash", out JsonElement hash))
                {
                    Assert.Equal(Convert.FromHexString(hash.GetString()!), initiator.Hash.ToArray());
                }

                Assert.Equal(initiator.Hash.ToArray(), responder.Hash.ToArray());
            }
        }

        Assert.True(index > 3);
    }

    private static void CheckHandshake(NoiseHandshake writer, NoiseHandshake reader, byte[] payload, byte[] expected)
    {
        byte[] buffer = new byte[payload.Length + writer.Overhead];
        Assert.Equal(NoiseStatus.Ok, writer.TryWriteMessage(payload, buffer, out int written));
        Assert.Equal(expected, buffer[..written]);

        byte[] plain = new byte[expected.Length];
        Assert.Equal(NoiseStatus.Ok, reader.TryReadMessage(expected, plain, out int length));
        Assert.Equal(payload, plain[..length]);
    }

    private static void CheckTransport(NoiseCipher sender, NoiseCipher receiver, byte[] payload, byte[] expected)
    {
        byte[] text = [.. payload];
        byte[] tag = new byte[NoiseCipher.TagBytes];
        Assert.Equal(NoiseStatus.Ok, sender.Seal(text, tag, []));
        Assert.Equal(expected, (byte[])[.. text, .. tag]);
        Assert.Equal(NoiseStatus.Ok, receiver.TryOpen(text, tag, []));
        Assert.Equal(payload, text);
    }

    private static (NoiseHandshake Initiator, NoiseHandshake Responder) Sides(JsonElement vector) =>
        (Side(vector, "init", initiator: true), Side(vector, "resp", initiator: false));

    private static NoiseHandshake Side(JsonElement vector, string prefix, bool initiator) => new(
        initiator,
        Bytes(vector, prefix + "_prologue"),
        X25519Key.FromPrivate(Bytes(vector, prefix + "_static")),
        X25519Key.FromPrivate(Bytes(vector, prefix + "_ephemeral")));

    private static string? NameOf(JsonElement vector) =>
        vector.TryGetProperty("protocol_name", out JsonElement name) ? name.GetString() : null;

    private static byte[] Bytes(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
