using System.Text.Json;
using P2P.Node;

namespace P2P.Cli.Tests;

/// <summary>Settings, help, completion, version: what needs no node.</summary>
public sealed class SettingsTests : IDisposable
{
    private const string Somebody = "12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz";

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-settings-").FullName;
    private readonly string _here = Directory.CreateTempSubdirectory("p2p-here-").FullName;

    public void Dispose()
    {
        Directory.Delete(_data, recursive: true);
        Directory.Delete(_here, recursive: true);
    }

    [Fact]
    public async Task A_flag_goes_before_the_environment_before_the_folder_before_the_users_file_before_the_profile()
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "p2p.json"), """{"network": "user", "profile": "swarm", "listen": ["/ip4/127.0.0.1/tcp/0"]}""");
        Assert.Equal(("user", Path.Combine(_data, "p2p.json")), await OriginAsync("network"));
        Assert.Equal(("false", "profile swarm"), await OriginAsync("mdns"));
        Assert.Equal(("public addresses only", "profile swarm"), await OriginAsync("advertise"));
        Assert.Equal(("/user/kad/1.0.0, server with a public address, else client", "profile swarm"), await OriginAsync("dht"));
        Assert.Equal(("/ip4/127.0.0.1/tcp/0", Path.Combine(_data, "p2p.json")), await OriginAsync("listen"));

        await File.WriteAllTextAsync(Path.Combine(_here, "p2p.json"), """{"network": "here", /* comments are fine */ "mdns": true,}""");
        Assert.Equal(("here", Path.Combine(_here, "p2p.json")), await OriginAsync("network"));
        Assert.Equal(("true", Path.Combine(_here, "p2p.json")), await OriginAsync("mdns"));

        Assert.Equal(("env", "P2P_NETWORK"), await OriginAsync("network", variables: [("P2P_NETWORK", "env")]));
        Assert.Equal(("flag", "--network"), await OriginAsync("network", ["--network", "flag"], ("P2P_NETWORK", "env")));
        Assert.Equal(("/ip4/127.0.0.1/tcp/1,/ip4/127.0.0.1/tcp/2", "P2P_LISTEN"), await OriginAsync("listen", variables: [("P2P_LISTEN", "/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/2")]));
        Assert.Equal(("lan", "--profile"), await OriginAsync("profile", ["--profile", "lan"]));
    }

    [Theory]
    [InlineData("""{"network": 1}""")]
    [InlineData("""{"netwrok": "x"}""")]
    [InlineData("""{"network": ["a", "b"]}""")]
    [InlineData("""{"listen": ["not an address"]}""")]
    [InlineData("""{"mdns": "perhaps"}""")]
    [InlineData("""{"profile": "moon"}""")]
    [InlineData("""{"network": "\ud800"}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    public async Task A_file_that_is_not_understood_is_an_error_of_configuration(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "p2p.json"), content);
        (int exit, _, string errors) = await RunAsync([], "config", "check");
        Assert.Equal(2, exit);
        Assert.Contains("P2P8063", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync([], "doc", "cat", "notes")).Exit);
    }

    [Fact]
    public async Task Check_refuses_what_up_would_refuse()
    {
        foreach (string[] wrong in new[] { ["--peer", "/ip4/127.0.0.1/tcp/4001"], ["--peer", $"/dnsaddr/boot.example/tcp/1/p2p/{Somebody}"], ["--listen", "/dns4/here.example/tcp/1"], new[] { "--network", new string('n', 65) } })
        {
            (int exit, _, string errors) = await RunAsync([], ["config", "check", .. wrong]);
            Assert.Equal(2, exit);
            Assert.Contains("P2P0001", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("lan", "true", "/ipfs/lan/kad/1.0.0, server", "private and public addresses", "named, found and told addresses")]
    [InlineData("swarm", "false", "/lan/kad/1.0.0, server with a public address, else client", "public addresses only", "named, found and told addresses")]
    [InlineData("isolated", "false", "/ipfs/lan/kad/1.0.0, client", "no address", "addresses named by hand only")]
    public async Task Show_says_what_a_profile_sets_and_check_takes_names_of_peers(string profile, string mdns, string dht, string advertise, string dials)
    {
        (string Name, string Value)[] expected = [("mdns", mdns), ("dht", dht), ("advertise", advertise), ("dials", dials)];
        foreach ((string name, string value) in expected)
        {
            Assert.Equal((value, $"profile {profile}"), await OriginAsync(name, ["--profile", profile]));
        }

        Assert.Equal(0, (await RunAsync([], "config", "check", "--profile", profile, "--peer", $"/dns4/boot.example/tcp/4001/p2p/{Somebody}")).Exit);
        Assert.Equal(0, (await RunAsync([], "config", "check", "--profile", profile, "--peer", $"/dnsaddr/boot.example/p2p/{Somebody}")).Exit);
    }

    [Fact]
    public async Task Init_remembers_that_nobody_is_to_be_looked_for()
    {
        Assert.Equal(0, (await RunAsync([], "init", "--no-mdns")).Exit);
        Assert.Equal(("false", Path.Combine(_data, "p2p.json")), await OriginAsync("mdns"));
    }

    [Fact]
    public async Task Init_writes_what_up_reads()
    {
        (int exit, string output, string errors) = await RunAsync([], "init", "--profile", "isolated", "--network", "club.example", "--listen", "/ip4/127.0.0.1/tcp/0", "--json");
        Assert.True(exit == 0, errors);
        string peer = JsonDocument.Parse(output).RootElement.GetProperty("peer").GetString()!;
        Assert.Equal(("club.example", Path.Combine(_data, "p2p.json")), await OriginAsync("network"));
        Assert.Equal(2, (await RunAsync([], "init")).Exit);
        Assert.Equal(0, (await RunAsync([], "config", "check")).Exit);
        Assert.Contains(_data, (await RunAsync([], "config", "path")).Output, StringComparison.Ordinal);

        (exit, output, errors) = await RunAsync([], "up", "--json", "--no-dashboard", "--timeout", "100ms");
        Assert.True(exit == 0, errors);
        JsonElement ready = JsonDocument.Parse(output.Split('\n')[0]).RootElement;
        Assert.Equal((peer, "club.example"), (ready.GetProperty("peer").GetString(), ready.GetProperty("network").GetString()));
    }

    [Fact]
    public async Task Help_shows_ten_verbs_first_and_every_verb_once()
    {
        (int exit, string output, _) = await RunAsync([], "--help");
        Assert.Equal(0, exit);
        string[] lines = output.Split('\n');
        int first = Array.IndexOf(lines, "Start here");
        Assert.Equal(["up", "init", "status", "peers", "chat", "doc"], lines.Skip(first + 1).Take(6).Select(static l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.Contains("130 Ctrl-C", output, StringComparison.Ordinal);
        Assert.Equal(GroupedHelp.Placed.Count(), GroupedHelp.Placed.Distinct().Count());

        (_, string suggestions, _) = await RunAsync([], "[suggest:4]", "p2p ");
        string[] verbs = [.. suggestions.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static s => !s.StartsWith('-'))];
        Assert.NotEmpty(verbs);
        Assert.Empty(verbs.Except(GroupedHelp.Placed)); // a new verb finds its group
        Assert.All(verbs, v => Assert.Contains($"\n  {v} ", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_completes_its_own_command_line()
    {
        (_, string output, _) = await RunAsync([], "[suggest:10]", "p2p doc ca");
        Assert.Equal("cat\n", output);
        (_, output, _) = await RunAsync([], "[suggest:15]", "p2p completion ");
        Assert.Equal(["bash", "fish", "pwsh", "zsh"], output.Split('\n').Where(static l => l.Length > 0 && l[0] != '-').Order(StringComparer.Ordinal));
        foreach (string shell in (string[])["bash", "zsh", "fish", "pwsh"])
        {
            (int exit, output, _) = await RunAsync([], "completion", shell);
            Assert.Equal(0, exit);
            Assert.Contains("[suggest:", output, StringComparison.Ordinal);
            Assert.True(output.Split('\n').Length <= 12, "ten lines");
        }

        Assert.Equal(2, (await RunAsync([], "completion", "tcsh")).Exit);
    }

    [Fact]
    public async Task The_names_of_documents_are_completed_unless_a_shell_would_read_more_in_them()
    {
        string data = Path.Combine(_here, "completed");
        await using (P2PNode node = await P2PNode.StartAsync(new P2POptions { DataDirectory = data, Network = "completion", Mdns = false, Listen = [Core.Multiformats.Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] }))
        {
            foreach (string name in (string[])["notes", "novel", "plans", "no $(touch it)", "no;way", "chat/night"])
            {
                await (await node.Documents.OpenAsync(name)).AppendAsync("x");
            }

            Assert.Equal("notes\nnovel\n", await SuggestedAsync($"p2p doc cat --data {data} no")); // beside the running node
        }

        Assert.Equal("notes\nnovel\n", await SuggestedAsync($"p2p log cat --data {data} no"));
        Assert.Equal("night\n", await SuggestedAsync($"p2p chat --data {data} n"));
        Assert.Equal(string.Empty, await SuggestedAsync($"p2p doc cat --data {data}/none no"));

        async Task<string> SuggestedAsync(string line) => string.Concat((await RunAsync([], $"[suggest:{line.Length}]", line)).Output.Split('\n').Where(static l => l.Length > 0 && l[0] != '-').Select(static l => l + "\n"));
    }

    /// <summary>Where a shell is not installed nothing is shown of it; docs/platforms.md says which were there.</summary>
    [Theory]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    [InlineData("pwsh", "-NoProfile", "-File")]
    public async Task A_completion_script_is_one_of_its_shell(string shell, params string[] check)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        if (Array.Find(folders, f => File.Exists(Path.Combine(f, shell))) is null)
        {
            return;
        }

        string script = Path.Combine(_here, shell == "pwsh" ? "completion.ps1" : "completion");
        await File.WriteAllTextAsync(script, (await RunAsync([], "completion", shell)).Output);
        await using TestSupport.Child reads = TestSupport.Child.Start(new System.Diagnostics.ProcessStartInfo(shell, [.. check, script]));
        (int exit, _, string errors) = await reads.EndAsync();
        Assert.Equal((0, string.Empty), (exit, errors));
    }

    [Fact]
    public async Task The_completion_script_of_bash_offers_what_the_program_suggests()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        (_, string script, _) = await RunAsync([], "completion", "bash");
        string run = "p2p() { printf 'cat\nchat\n'; }\n" + script + "COMP_WORDS=(p2p doc ca); COMP_CWORD=2; COMP_LINE='p2p doc ca'; COMP_POINT=10; _p2p_complete; echo \"${COMPREPLY[@]}\"";
        await using TestSupport.Child bash = TestSupport.Child.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", run]));
        Assert.Equal("cat", (await bash.SucceedAsync()).Trim());
    }

    [Fact]
    public async Task Cids_are_inspected_and_converted()
    {
        (int exit, string output, _) = await RunAsync([], "cid", "inspect", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "--json");
        Assert.Equal(0, exit);
        JsonElement cid = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, "dag-pb", "sha2-256"), (cid.GetProperty("version").GetInt32(), cid.GetProperty("codec").GetString(), cid.GetProperty("hash").GetString()));
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", cid.GetProperty("digest").GetString());
        (_, output, _) = await RunAsync([], "cid", "convert", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n");
        Assert.Equal("bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku\n", output);
        Assert.Equal(2, (await RunAsync([], "cid", "inspect", "nonsense")).Exit);
    }

    [Fact]
    public async Task Version_says_where_it_was_tested_in_the_words_of_the_readme()
    {
        (int exit, string output, _) = await RunAsync([], "version");
        Assert.Equal(0, exit);
        Assert.Contains(Commands.VersionCommand.Platforms, output, StringComparison.Ordinal);
        string readme = (await File.ReadAllTextAsync(Path.Combine(TestSupport.Require.Root, "README.md"))).ReplaceLineEndings(" ");
        Assert.Contains(Commands.VersionCommand.Platforms, readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_line_is_a_usage_error_also_as_json()
    {
        (int exit, string output, string errors) = await RunAsync([("P2P_JSON", "1")], "doc", "cta", "notes");
        Assert.Equal((2, string.Empty), (exit, output));
        JsonElement error = JsonDocument.Parse(errors).RootElement;
        Assert.Equal(("error", "usage"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.NotNull(error.GetProperty("hint").GetString());
    }

    private async Task<(string Text, string Origin)> OriginAsync(string name, string[]? flags = null, params (string Name, string Value)[] variables)
    {
        (int exit, string output, string errors) = await RunAsync(variables, ["config", "show", "--json", .. flags ?? []]);
        Assert.True(exit == 0, errors);
        JsonElement setting = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement)
            .Single(s => s.GetProperty("name").GetString() == name);
        return (string.Join(',', setting.GetProperty("values").EnumerateArray().Select(static v => v.GetString())), setting.GetProperty("origin").GetString()!);
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync((string Name, string Value)[] variables, params string[] arguments) =>
        CommandLine.RunAsync(_here, [("P2P_HOME", _data), .. variables], arguments);
}
