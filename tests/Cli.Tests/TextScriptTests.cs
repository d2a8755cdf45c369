using System.Text;
using P2P.Cli.Scripts;

namespace P2P.Cli.Tests;

public sealed partial class TextScriptTests
{
    [Fact]
    public void The_example_of_the_specification_comes_out_letter_by_letter()
    {
        ScriptResult result = Run(
            """{"replicas":2,"steps":[["insert",0,0,"hello earth"],["insert",1,0,"hello mars"],["merge",0,1],["merge",1,0],["text",0]]}""");
        Assert.Equal(["hello marsearth"], result.Log);
        Assert.Equal(["hello marsearth", "hello marsearth"], result.Texts);
        Assert.Equal(result.States[0], result.States[1]);
    }

    [Fact]
    public void A_merge_goes_one_way_and_delivers_everything_the_other_lacks()
    {
        ScriptResult result = Run(
            """
            {"replicas":3,"steps":[
              ["insert",0,0,"a"],["merge",0,1],["insert",1,1,"b"],["text",0],["merge",1,2],["text",2],
              ["delete",2,0,1],["text",1],["merge",2,1],["text",1],["merge",1,1],["merge",2,1]]}
            """);
        Assert.Equal(["a", "ab", "ab", "b"], result.Log);
        Assert.Equal(["a", "b", "b"], result.Texts);
        Assert.Equal(result.States[1], result.States[2]);
        Assert.NotEqual(result.States[0], result.States[1]);
    }

    [Fact]
    public void A_removed_character_is_part_of_the_state_though_not_of_the_text()
    {
        ScriptResult result = Run("""{"replicas":2,"steps":[["insert",0,0,"ab"],["delete",0,1,1],["insert",1,0,"a"]]}""");
        Assert.Equal(result.Texts[0], result.Texts[1]);
        Assert.NotEqual(result.States[0], result.States[1]);
    }

    [Fact]
    public void Equal_scripts_give_equal_output()
    {
        const string script = """{"replicas":2,"steps":[["insert",0,0,"xyz"],["insert",1,0,"zyx"],["merge",0,1],["merge",1,0]]}""";
        Assert.Equal(Run(script).States, Run(script).States);
    }

    [Theory]
    [InlineData("", 300)] // the position is then the offset
    [InlineData("😀", 300)]
    [InlineData("a😀b", 9_000)] // more than one chunk of the scan
    public void Positions_count_code_points(string seed, int length)
    {
        StringBuilder text = new();
        while (text.Length < length)
        {
            text.Append(seed).Append("né");
        }

        int[] points = [.. text.ToString().EnumerateRunes().Select(static r => r.Value)];
        for (int position = 0; position <= points.Length; position += 1 + (points.Length / 7))
        {
            string expected = string.Concat(points.Take(position).Append('!').Concat(points.Skip(position)).Select(char.ConvertFromUtf32));
            string json = System.Text.Json.JsonSerializer.Serialize(text.ToString());
            ScriptResult result = Run($$"""{"replicas":1,"steps":[["insert",0,0,{{json}}],["insert",0,{{position}},"!"],["text",0],["delete",0,{{position}},1]]}""");
            Assert.Equal(expected, result.Log[0]);
            Assert.Equal(text.ToString(), result.Texts[0]);
        }
    }

    [Fact]
    public void Many_replicas_with_concurrent_heads_meet_in_one_text()
    {
        const int replicas = 80; // more heads than one event can cite
        IEnumerable<string> steps = Enumerable.Range(0, replicas).Select(i => $"""["insert",{i},0,"{(char)(0x4E00 + i)}"]""") // none shares a prefix with another
            .Concat(Enumerable.Range(1, replicas - 1).Select(i => $"""["merge",{i},0]"""))
            .Append("""["insert",0,0,"!"]""")
            .Concat(Enumerable.Range(1, replicas - 1).Select(i => $"""["merge",0,{i}]"""));
        ScriptResult result = Run($$"""{"replicas":{{replicas}},"steps":[{{string.Join(',', steps)}}]}""");
        Assert.Single(result.States.Distinct());
        Assert.Equal(replicas, result.Texts[7].Trim('!').Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"replicas":1}""")]
    [InlineData("""{"steps":[]}""")]
    [InlineData("""{"replicas":1,"steps":{}}""")]
    [InlineData("""{"replicas":1,"replicas":2,"steps":[]}""")]
    [InlineData("""{"replicas":1,"steps":[],"more":1}""")]
    [InlineData("""{"replicas":0,"steps":[]}""")]
    [InlineData("""{"replicas":-1,"steps":[]}""")]
    [InlineData("""{"replicas":1.5,"steps":[]}""")]
    [InlineData("""{"replicas":"1","steps":[]}""")]
    [InlineData("""{"replicas":1000000000000,"steps":[]}""")]
    [InlineData("""{"replicas":1e400,"steps":[]}""")]
    [InlineData("""{"replicas":1,"steps":["text"]}""")]
    [InlineData("""{"replicas":1,"steps":[[]]}""")]
    [InlineData("""{"replicas":1,"steps":[[0]]}""")]
    [InlineData("""{"replicas":1,"steps":[["undo",0]]}""")]
    [InlineData("""{"replicas":1,"steps":[["Insert",0,0,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["\ud800",0]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,"a",1]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,7]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,null]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,"0","a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,true,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,-1,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,99999999999999999999,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,1,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,2147483647,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,"\udc00"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,"😀"],["insert",0,2,"a"]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,"a"],["delete",0,0,2]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",0,0,"a"],["delete",0,1,2147483647]]}""")]
    [InlineData("""{"replicas":1,"steps":[["delete",0,0,-1]]}""")]
    [InlineData("""{"replicas":1,"steps":[["insert",1,0,"a"]]}""")]
    [InlineData("""{"replicas":2,"steps":[["merge",0,2]]}""")]
    [InlineData("""{"replicas":2,"steps":[["merge",-1,0]]}""")]
    [InlineData("""{"replicas":1,"steps":[["text",0,0]]}""")]
    public void What_is_not_a_script_is_refused_by_name(string json)
    {
        CliException error = Assert.Throws<CliException>(() => Run(json));
        Assert.Equal(CliError.ScriptInvalid, error.Error);
        Assert.Equal("P2P8001", error.Code);
    }

    [Fact]
    public void A_published_run_is_taken_whole_and_a_byte_order_mark_is_no_text()
    {
        byte[] bytes = [.. "\ufeff"u8, .. """{"seed":7,"replicas":1,"steps":[["insert",0,0,"x"]],"final":{"texts":["x"]}}"""u8];
        Assert.Equal(["x"], ScriptRunner.Run(TextScript.Parse(bytes), CancellationToken.None).Texts);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_by_name()
    {
        byte[] bytes = [.. """{"replicas":1,"steps":[["insert",0,0,"x"""u8, 0xC3, 0x28, .. "\"]]}"u8];
        Assert.Equal(CliError.ScriptInvalid, Assert.Throws<CliException>(() => TextScript.Parse(bytes)).Error);
    }

    [Fact]
    public async Task The_command_prints_one_object_and_says_nothing_else()
    {
        string script = Path.Combine(TestSupport.Require.Root, "samples", "scripts", "hello.json");
        (int exit, string output, string errors) = await CommandLine.RunAsync("text", "run", "--script", script);
        Assert.Equal((0, string.Empty), (exit, errors));
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(["log", "texts", "states"], json.RootElement.EnumerateObject().Select(static p => p.Name));
        Assert.Equal("hello marsearth", json.RootElement.GetProperty("texts")[1].GetString());
    }

    [Theory]
    [InlineData("P2P8001", "samples/Hello/Hello.csproj")]
    [InlineData("P2P8003", "samples/scripts/no-such-file.json")]
    [InlineData("P2P8003", "samples")]
    public async Task A_bad_script_ends_with_2_and_a_code_that_has_a_page(string code, string file)
    {
        (int exit, string output, string errors) =
            await CommandLine.RunAsync("text", "run", "--json", "--script", Path.Combine(TestSupport.Require.Root, file));
        Assert.Equal((ExitCode.Usage, string.Empty), (exit, output));
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(errors);
        Assert.Equal(code, json.RootElement.GetProperty("code").GetString());
        Assert.True(File.Exists(Path.Combine(TestSupport.Require.Root, json.RootElement.GetProperty("help").GetString()!)));
    }

    [Fact]
    public void Every_error_has_a_page()
    {
        foreach (CliError error in Enum.GetValues<CliError>().Where(static e => e != CliError.None))
        {
            string page = Path.Combine(TestSupport.Require.Root, "docs", "errors", new CliException(error, "x").Code + ".md");
            Assert.Contains(error.ToString(), File.ReadAllText(page), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_error_that_is_a_word_has_a_page_too()
    {
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(TestSupport.Require.Root, "src", "Cli"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        string[] words = [.. sources.SelectMany(static s => Words().Matches(s)).SelectMany(static m => m.Groups.Values.Skip(1)).Where(static g => g.Success).Select(static g => g.Value).Distinct()];
        Assert.Equal(10, words.Length);
        Assert.All(words, static word => Assert.StartsWith($"# {word}\n", File.ReadAllText(Path.Combine(TestSupport.Require.Root, "docs", "errors", word + ".md")), StringComparison.Ordinal));
    }

    [System.Text.RegularExpressions.GeneratedRegex("\\.Error\\(\\s*(?:error\\.Error == [A-Za-z.]+ \\? \"([a-z-]+)\" : )?\"([a-z-]+)\"")]
    private static partial System.Text.RegularExpressions.Regex Words();

    [Fact]
    public async Task Help_calls_the_command_by_its_name()
    {
        (int exit, string output, _) = await CommandLine.RunAsync("--help");
        Assert.Equal(0, exit);
        Assert.Contains("  p2p [command] [options]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("P2P.Cli", output, StringComparison.Ordinal);
    }

    private static ScriptResult Run(string json) => ScriptRunner.Run(TextScript.Parse(Encoding.UTF8.GetBytes(json)), CancellationToken.None);
}
