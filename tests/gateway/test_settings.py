from gateway.settings import GatewaySettings


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, field in GatewaySettings.model_fields.items() if not field.description] == []
