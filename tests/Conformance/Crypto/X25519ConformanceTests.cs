using System.Text.Json;
using P2P.Core.Crypto;
using P2P.TestSupport;

namespace P2P.Conformance.Crypto;

public sealed class X25519ConformanceTests
{
    /// <summary>
    /// "acceptable" cases (twist, non-canonical, low order) have one right answer under RFC 7748: the computed value, and a refusal
    /// when it is zero.
    /// </summary>
    [SharedFact]
    public void Every_backend_computes_every_wycheproof_case_and_refuses_the_zero_secrets()
    {
        int count = 0;
        int refused = 0;
        byte[] shared = new byte[32];
        foreach ((JsonElement _, JsonElement test) in Vectors.Wycheproof("x25519_test"))
        {
            byte[] expected = test.Hex("shared");
            bool zero = expected.All(b => b == 0);
            foreach (ICurveBackend backend in Vectors.Backends())
            {
                bool agreed = X25519.TryAgree(backend, test.Hex("private"), test.Hex("public"), shared);
                Assert.True(agreed == !zero, $"{backend.Name}, {test.Id()}");
                Assert.True(shared.AsSpan().SequenceEqual(expected), $"{backend.Name}, {test.Id()}");

                using X25519Key kept = X25519Key.FromPrivate(backend, test.Hex("private"));
                Assert.True(kept.TryAgree(test.Hex("public"), shared) == !zero, $"{backend.Name} kept key, {test.Id()}");
                Assert.True(shared.AsSpan().SequenceEqual(expected), $"{backend.Name} kept key, {test.Id()}");
            }

            count++;
            refused += zero ? 1 : 0;
        }

        Assert.Equal(518, count);
        Assert.True(refused > 0);
    }
}
