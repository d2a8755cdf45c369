using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Events;

public sealed class EventVectorTests
{
    private const string A1 =
        "ab6168016174637365716176016261740062627958240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        + "63646f63d82a582500017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a6373657101637369675840"
        + "a2e5434acfc2955425e29b28a19a6b7909545d80f6ebd937bc692053e1b208f8fc2947047b689b96104e000341d6db421316378aab4a5bb1d26a1c0e4327fd0c"
        + "64626f6479a163696e738182006b68656c6c6f2065617274686464657073806470726576f6";

    private const string A2 =
        "ab6168036174637365716176016261740062627958240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        + "63646f63d82a582500017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a6373657102637369675840"
        + "0372ef801be6abca32464f1aef7a6d4a5fdccf79c76113594fd1bc2f7079b62905682118ae7f1f82133bafe34e0f6a3d8afff25064c7f60e61ed924c6b4a5700"
        + "64626f6479a163696e7381840102026121646465707381d82a5825000171122047a35e125160c82e7136e1f8247617fe3c706db13d40a1a60dfd6d79c6e38e94"
        + "6470726576d82a58250001711220d58b440f592722a3004188231a6560f88bb786ea408faa1634a1af3c71501fab";

    [Fact]
    public void The_genesis_of_the_specification_has_its_bytes_and_its_cid()
    {
        Genesis genesis = Vectors.Genesis;

        Assert.Equal(
            "a561746767656e65736973617601646e616d656568656c6c6f66706f6c696379a16777726974657273646f70656e676e6574776f726b687032702d74657374",
            Convert.ToHexStringLower(genesis.Bytes.Span));
        Assert.Equal("bafyreibn7dys4jlpyrsyoecudta76r7mb2tpliajtaookuxbd6tlu7x2ni", genesis.Cid.ToString());
    }

    [Fact]
    public void The_first_event_of_the_specification_is_reproduced_byte_for_byte()
    {
        Event a1 = Vectors.A1();

        Assert.Equal(A1, Convert.ToHexStringLower(a1.Bytes.Span));
        Assert.Equal(215, a1.Bytes.Length);
        Assert.Equal("bafyreigvrnca6wjhekrqaqmiemngkyhyro3yn2sar6vbmnfbv46hcua7vm", a1.Cid.ToString());
        Assert.Equal("712f2086dabc2475ed3353566eb1064f534b2c9b061646f9fa846052ae5bcced", EventCodec.PayloadHash(a1).ToString());
        Assert.True(EventCodec.VerifySignature(a1));
    }

    [Fact]
    public void The_reply_and_the_answer_to_it_are_reproduced_byte_for_byte()
    {
        Event a1 = Vectors.A1();
        Event b1 = Vectors.B1(a1);
        Event a2 = Vectors.A2(a1, b1);

        Assert.Equal(250, b1.Bytes.Length);
        Assert.Equal("bafyreichunpbeulazaxhcnxb7ashmf76hryg3mj5icq2mdp5nv44ny4osq", b1.Cid.ToString());
        Assert.Equal("8c9ebb2201c87f80fa493723c2096ec5bc18789978ad86c383e616803d3a2fb7", EventCodec.PayloadHash(b1).ToString());
        Assert.Equal(A2, Convert.ToHexStringLower(a2.Bytes.Span));
        Assert.Equal(288, a2.Bytes.Length);
        Assert.Equal("bafyreicngdftrtn6akc5rpzmrtplwc5ln33a7zuvfpbl4vxtkwk2hycyoy", a2.Cid.ToString());
        Assert.Equal("22ee236880d2c392ac652476b05809e3a37019ad4ce1af18efb2f547b0be1c7b", EventCodec.PayloadHash(a2).ToString());
    }

    [Fact]
    public void A_decoded_event_says_what_was_signed()
    {
        Event a2 = Vectors.A2(Vectors.A1(), Vectors.B1(Vectors.A1()));

        Assert.True(EventCodec.TryDecode(a2.Bytes.ToArray(), Vectors.Genesis.Cid, out Event? read, out _));
        Assert.Equal(2UL, read!.Sequence);
        Assert.Equal(3UL, read.Height);
        Assert.Equal("seq", read.Type);
        Assert.Equal(Vectors.A1().Cid, read.Previous);
        Assert.Equal([Vectors.B1(Vectors.A1()).Cid], read.Dependencies);
        Assert.Empty(read.References);
    }
}
