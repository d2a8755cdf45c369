using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

public sealed class CidTests
{
    private const string V0 = "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR";
    private const string V1 = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

    [Fact]
    public void Hello_world_has_the_name_that_helia_gives_it()
    {
        Cid cid = Cid.ForRaw("hello world"u8);
        Assert.Equal(V1, cid.ToString());
        Assert.Equal(cid, Cid.Parse(V1));
        Assert.True(cid.Verify("hello world"u8));
        Assert.False(cid.Verify("hello worle"u8));
        Assert.Equal((1, Cid.RawCodec), (cid.Version, cid.Codec));
    }

    [Theory]
    [InlineData(V0, 0)]
    [InlineData(V1, 1)]
    public void Text_and_bytes_agree(string text, int version)
    {
        Cid cid = Cid.Parse(text);
        Assert.Equal(text, cid.ToString());
        Assert.Equal(version, cid.Version);
        Assert.True(Cid.TryRead([.. cid.Bytes, 0xff], out Cid read, out int used));
        Assert.Equal((cid, cid.Bytes.Length), (read, used));
        Assert.True(Cid.TryMeasure(cid.Bytes, out used));
        Assert.Equal(cid.Bytes.Length, used);
        for (int cut = 0; cut < cid.Bytes.Length; cut++)
        {
            Assert.False(Cid.TryRead(cid.Bytes[..cut], out _, out _));
        }
    }

    [Fact]
    public void All_alphabets_name_the_same_block()
    {
        Cid cid = Cid.Parse(V1);
        foreach (MultibaseEncoding encoding in Enum.GetValues<MultibaseEncoding>().Where(e => e != MultibaseEncoding.None))
        {
            Assert.Equal(cid, Cid.Parse(Multibase.Encode(encoding, cid.Bytes)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Qm")]
    [InlineData("b")]
    [InlineData("bafy")]
    [InlineData(V1 + "a")]
    [InlineData(V0 + "a")]
    [InlineData("Qm0WqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR")]
    public void Wrong_text_is_refused(string text)
    {
        Assert.False(Cid.TryParse(text, out Cid cid));
        Assert.True(cid.IsNone);
        Assert.Throws<FormatException>(() => Cid.Parse(text));
    }

    [Fact]
    public void Version_0_in_multibase_and_versions_2_and_3_are_refused()
    {
        Assert.False(Cid.TryParse("z" + V0, out _));
        Assert.False(Cid.TryParse(Multibase.Encode(MultibaseEncoding.Base32, Cid.Parse(V0).Bytes), out _));
        byte[] bytes = Cid.Parse(V1).Bytes.ToArray();
        bytes[0] = 2;
        Assert.False(Cid.TryRead(bytes, out _, out _));
        bytes[0] = 3;
        Assert.False(Cid.TryRead(bytes, out _, out _));
    }

    [Fact]
    public void Nothing_is_nothing()
    {
        Assert.True(default(Cid).IsNone);
        Assert.False(default(Cid).Verify([]));
        Assert.NotEqual(default, Cid.Parse(V1));
        Assert.Equal("(none)", default(Cid).ToString());
    }
}
