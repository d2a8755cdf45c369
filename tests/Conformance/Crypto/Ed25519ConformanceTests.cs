using System.Text.Json;
using P2P.Core.Crypto;
using P2P.TestSupport;

namespace P2P.Conformance.Crypto;

public sealed class Ed25519ConformanceTests
{
    [SharedFact]
    public void Every_backend_gives_the_verdict_of_every_wycheproof_case()
    {
        int count = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof("ed25519_test"))
        {
            byte[] key = group.GetProperty("publicKey").Hex("pk");
            foreach (ICurveBackend backend in Vectors.Backends())
            {
                using Ed25519Verifier kept = new(backend, key);
                bool expected = test.Result() == "valid";
                Assert.True(expected == Ed25519.Verify(backend, key, test.Hex("msg"), test.Hex("sig")), $"{backend.Name}, {test.Id()}");
                Assert.True(expected == kept.Verify(test.Hex("msg"), test.Hex("sig")), $"{backend.Name} kept key, {test.Id()}");
            }

            count++;
        }

        Assert.Equal(151, count);
    }

    /// <summary>limits.md, section 1: 0-2 and 6-11 refused; 3 accepted; 4 and 5 refused, since the equation is the cofactorless one.</summary>
    [SharedFact]
    public void Every_backend_gives_the_expected_verdict_on_the_twelve_edge_cases_of_speccheck()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "ed25519-speccheck", "cases.json")));
        int number = 0;
        foreach (JsonElement test in document.RootElement.EnumerateArray())
        {
            foreach (ICurveBackend backend in Vectors.Backends())
            {
                bool verdict = Ed25519.Verify(backend, test.Hex("pub_key"), test.Hex("message"), test.Hex("signature"));
                Assert.True(verdict == (number == 3), $"{backend.Name}, case {number}: {verdict}");
            }

            number++;
        }

        Assert.Equal(12, number);
    }

    /// <summary>Why the strict rule exists: without it the backends take what it refuses.</summary>
    [SharedFact]
    public void Without_the_strict_rule_some_edge_case_would_be_accepted_by_each_backend()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "ed25519-speccheck", "cases.json")));
        foreach (ICurveBackend backend in Vectors.Backends().Where(static b => b != CurveBackends.Sodium)) // libsodium has the same rule inside
        {
            int[] accepted =
            [
                .. document.RootElement.EnumerateArray()
                    .Select((test, i) => (i, Valid: backend.Ed25519Verify(test.Hex("pub_key"), test.Hex("message"), test.Hex("signature"))))
                    .Where(c => c.Valid)
                    .Select(c => c.i),
            ];
            Assert.True(accepted.Length > 1 && accepted.Contains(3), $"{backend.Name}: {string.Join(' ', accepted)}");
        }
    }
}
